/** Neither Redis nor PostgreSQL can be asked for any port: 0 is none to them. */

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { once } from './eventually.ts'

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux). A server that is killed and started
 * again finds its port taken otherwise: by another test's connection, or by one that its own clients made to themselves
 * while nobody listened.
 */
const FIRST = 20_000
const LAST = 32_000
const MAX_TRIES = 100

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} in ${MAX_TRIES} tries`)
}

/** Between the look at a port and its use somebody else may take it: then it is tried with another. */
const MOST_OPENS = 3

/** @throws what `open` throws on each of several ports */
export async function onFreePort<Opened>(
  open: (port: number) => Promise<Opened>,
): Promise<{ readonly port: number; readonly opened: Opened }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    try {
      return { port, opened: await open(port) }
    } catch (error) {
      if (tries === MOST_OPENS) throw error
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    // Somebody has it.
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
