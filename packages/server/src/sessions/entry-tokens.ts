/** Addresses that let their reader in without a key: for one use, for ten minutes, and on the machine of the server alone. */

import { hash, randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { SessionKeys } from './page-sessions.ts'

export const ENTRY_MINUTES = 10
const ENTRY_MS = ENTRY_MINUTES * 60_000
/** Printed and not used. One more makes the oldest worthless. */
const MOST_ENTRIES = 32
const TOKEN_BYTES = 32

interface Entry extends SessionKeys {
  readonly expiresAt: number
}

export class EntryTokens {
  readonly #now: () => number
  /** By the digest of the token, the oldest first: a look at the memory shows none. */
  readonly #entries = new Map<string, Entry>()

  /** @param now milliseconds since the Unix epoch */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A token that opens a session with these keys. */
  issue({ key, admin }: SessionKeys): string {
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined && this.#entries.size >= MOST_ENTRIES) this.#entries.delete(oldest)
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    this.#entries.set(digestOf(token), { key, admin, expiresAt: this.#now() + ENTRY_MS })
    return token
  }

  /** What it opens, once: whoever shows it again shows nothing. `undefined` for one that nobody made, or that is too old. */
  take(token: string): SessionKeys | undefined {
    const digest = digestOf(token)
    const entry = this.#entries.get(digest)
    this.#entries.delete(digest)
    if (entry === undefined || entry.expiresAt <= this.#now()) return undefined
    return { key: entry.key, admin: entry.admin }
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'hex')
}

/** Whether a client is on this machine: it comes from an address of its own. */
export function isThisMachine(address: string): boolean {
  if (address === '::1' || address.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some((own) => own?.some((one) => one.address === address) === true)
}
