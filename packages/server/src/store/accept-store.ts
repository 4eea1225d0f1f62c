/** What an operator says when a database is not the one that was left, and is right all the same: its witness tells of it from now on. */

import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import {
  type StartArguments,
  type StartEnvironment,
  type StorePlace,
  StartError,
  loadConfiguration,
} from '../configuration/index.ts'
import { witnessOf } from './sqlite/claim-database.ts'
import { findDatabaseFile } from './sqlite/database-file.ts'
import { lookAt, markClosed, milestoneOf } from './sqlite/store-identity.ts'
import { lockStore } from './sqlite/store-lock.ts'
import { type Milestone, readWitness, writeWitness } from './witness.ts'

/** The database of these options, which no server may have. @returns lines: what was known, and what is now. @throws StartError */
export async function acceptStore(options: {
  readonly arguments: StartArguments
  readonly environment: StartEnvironment
}): Promise<string[]> {
  const { store } = await loadConfiguration(options)
  if (store.kind !== 'sqlite') throw new StartError(`store: ${WITHOUT_WITNESS[store.kind]}; there is nothing to accept`)
  try {
    return await accept(store.path, store.witness)
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`${store.path}: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

const WITHOUT_WITNESS: Readonly<Record<Exclude<StorePlace['kind'], 'sqlite'>, string>> = {
  postgres: 'a database of PostgreSQL has no witness',
  memory: 'what is in memory is gone with its process',
  none: 'nothing is kept',
}

async function accept(named: string, given: string | undefined): Promise<string[]> {
  if (!existsSync(named)) {
    const witness = witnessOf(named, given)
    const was = toldBy(witness)
    rmSync(witness, { force: true })
    return [`witness: ${was}`, `${named}: is not there; the next start makes a new one`]
  }
  const { path, isEmpty } = findDatabaseFile(named)
  const lock = lockStore(path)
  try {
    const database = new DatabaseSync(path)
    try {
      const witness = witnessOf(path, given)
      const was = toldBy(witness)
      const known = lookAt(database, isEmpty)
      if (known.store === undefined) {
        rmSync(witness, { force: true })
        return [
          `witness: ${was}`,
          `${path}: ${known.isEmpty ? 'is empty' : 'has no witness yet'}, and is right from now on`,
        ]
      }
      markClosed(database)
      const now = milestoneOf(database)
      await writeWitness(witness, now)
      return [`witness: ${was}`, `${path}: ${told(now)}, and is right from now on`]
    } finally {
      database.close()
    }
  } finally {
    lock.release()
  }
}

function toldBy(path: string): string {
  try {
    const witness = readWitness(path)
    return witness === undefined ? 'there was none' : told(witness)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function told({ store, epoch, transfer }: Milestone): string {
  const last = transfer === null ? 'no transfer' : `transfer ${transfer.id}`
  return `database ${store.slice(0, 8)}, ${last}, opened ${epoch} times`
}
