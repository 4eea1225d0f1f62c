/**
 * The witness of a database: a small file that says how far it had come, so that one that was emptied, replaced or put back
 * is noticed at the next start, and not by those whose money is gone.
 *
 * It is written behind what it says: its transfer was on the disk before, and the file takes the place of the one before it
 * as a whole. So a crash at any moment leaves it behind the database, and never ahead.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../configuration/read-text-file.ts'

/** How far a database has come. */
export interface Milestone {
  /** Which database: made with it, and the same in all copies of it. */
  readonly store: string
  /** How many servers have had it. */
  readonly epoch: number
  /** The last transfer, and `null` before the first. */
  readonly transfer: { readonly id: number; readonly hash: string } | null
}

/** A database as it is found. `store` is `undefined` where it is empty, or older than witnesses are. */
export interface FoundDatabase {
  readonly store: string | undefined
  readonly epoch: number
  readonly isEmpty: boolean
  /** Of one of its transfers, if it has it. */
  hashOf(transfer: number): string | undefined
}

export type Disagreement = 'empty' | 'another' | 'older'

/** What is wrong with a database, going by its witness. */
export function disagreement(witness: Milestone, found: FoundDatabase): Disagreement | undefined {
  if (found.isEmpty) return 'empty'
  if (found.store === undefined) return 'older'
  if (found.store !== witness.store) return 'another'
  if (found.epoch < witness.epoch) return 'older'
  const { transfer } = witness
  return transfer === null || found.hashOf(transfer.id) === transfer.hash ? undefined : 'older'
}

const ACCEPT = 'or say that this one is right: moonbase store accept'

export function disagreementText(kind: Disagreement, { transfer }: Milestone, path: string): string {
  const last = transfer === null ? 'that was there' : `with transfer ${transfer.id}`
  switch (kind) {
    case 'empty':
      return `it is empty, and ${path} tells of one ${last}: bring that one back, ${ACCEPT}`
    case 'another':
      return `it is another database than the one ${last} of which ${path} tells: bring that one back, ${ACCEPT}`
    case 'older':
      return `it is older than the one ${last} of which ${path} tells: bring that one back, ${ACCEPT}`
  }
}

export function hashOf(fields: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

/** `undefined` where there is none. @throws Error where it cannot be read or believed */
export function readWitness(path: string): Milestone | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  const witness = parsed(text)
  if (witness === undefined) throw new Error(`${path}, which tells how far it had come, is damaged: mend it, ${ACCEPT}`)
  return witness
}

function parsed(text: string): Milestone | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { store, epoch, transfer = null }: { store?: unknown; epoch?: unknown; transfer?: unknown } = value
  if (typeof store !== 'string' || !isCount(epoch)) return undefined
  if (transfer === null) return { store, epoch, transfer }
  if (typeof transfer !== 'object') return undefined
  const { id, hash }: { id?: unknown; hash?: unknown } = transfer
  return isCount(id) && typeof hash === 'string' ? { store, epoch, transfer: { id, hash } } : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

const OWNER_ONLY = 0o600

/** Durable when it resolves. One at a time. */
export async function writeWitness(path: string, milestone: Milestone): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', OWNER_ONLY)
  try {
    await file.writeFile(`${JSON.stringify(milestone)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
