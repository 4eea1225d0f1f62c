/**
 * The sessions of the page: who has shown a key once gets a token for a cookie, and the key itself is kept nowhere. A session
 * holds one API key and one admin key at most, by their digests: it opens what they open, for as long as they open anything.
 */

import { hash } from 'node:crypto'
import type { Documents } from '../documents/documents.ts'
import type { Document } from '../records/document.ts'

/** The keys that a session holds, as SHA-256 in hex. */
export interface SessionKeys {
  readonly key: string | null
  readonly admin: string | null
}

export interface PageSession extends SessionKeys {
  /** Milliseconds since the Unix epoch; later with each use. */
  readonly expiresAt: number
}

interface FoundSession extends PageSession {
  /** Its end has just moved: the cookie is to follow. */
  readonly renewed: boolean
}

interface PageSessionParts {
  readonly documents: Pick<Documents, 'get' | 'put' | 'remove' | 'list'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

/** From the last use. */
export const SESSION_MS = 12 * 3_600_000
/** A session in use is written anew so often, and no more: a page asks several times a second. */
const RENEWED_MS = 5 * 60_000
/** Of one key. Who comes in once more ends the one that was used the longest time ago. */
const MOST_SESSIONS = 64

const KIND = 'page-session'
/** Of nobody: no organisation has this name. */
const OWNER = 'page'
const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/
const LABEL_CHARACTERS = 32

export class PageSessions {
  readonly #parts: PageSessionParts

  constructor(parts: PageSessionParts) {
    this.#parts = parts
  }

  /**
   * A session with a token that nobody has had, whatever the client has brought: what was planted with it stays without meaning.
   *
   * @param before the token of the session that it takes the place of
   * @throws LedgerError where the store is away
   */
  async begin(keys: SessionKeys, before?: string): Promise<{ readonly token: string; readonly session: PageSession }> {
    const { documents, now, random } = this.#parts
    const label = labelOf(keys)
    await this.#makeRoom(label)
    const token = Buffer.from(random(TOKEN_BYTES)).toString('base64url')
    const at = now()
    const session = { ...keys, expiresAt: at + SESSION_MS }
    await documents.put([documentOf(idOf(token), label, session, at, 'absent')])
    if (before !== undefined) await this.end(before)
    return { token, session }
  }

  /** `undefined` for a token that nobody has, has any more, or could have. @throws LedgerError where the store is away */
  async find(token: string): Promise<FoundSession | undefined> {
    if (!TOKEN.test(token)) return undefined
    const { documents, now } = this.#parts
    const id = idOf(token)
    const found = await documents.get(KIND, OWNER, id)
    if (found === undefined) return undefined
    const keys = keysOf(found)
    const at = now()
    const expiresAt = found.expiresAt ?? 0
    if (expiresAt - at > SESSION_MS - RENEWED_MS) return { ...keys, expiresAt, renewed: false }
    const session = { ...keys, expiresAt: at + SESSION_MS }
    // Two requests may come at once: the other one has written it then. Or it was ended, and stays so.
    const kept = await documents.put([documentOf(id, labelOf(keys), session, found.createdAt, found.revision)])
    return kept === 'kept' ? { ...session, renewed: true } : { ...keys, expiresAt, renewed: false }
  }

  /** It opens nothing from then on. @throws LedgerError where the store is away */
  async end(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.#parts.documents.remove(KIND, OWNER, idOf(token))
  }

  async #makeRoom(label: string): Promise<void> {
    const { documents } = this.#parts
    const there = await documents.list(KIND, OWNER, { label, limit: MOST_SESSIONS })
    if (there.length < MOST_SESSIONS) return
    const [oldest] = there.toSorted((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0))
    if (oldest !== undefined) await documents.remove(KIND, OWNER, oldest.id)
  }
}

/** What is kept of a token does not open anything. */
function idOf(token: string): string {
  return hash('sha256', token, 'hex')
}

/** By which the sessions of one key are counted. */
function labelOf({ key, admin }: SessionKeys): string {
  return (key ?? admin ?? '').slice(0, LABEL_CHARACTERS)
}

function documentOf(
  id: string,
  label: string,
  { key, admin, expiresAt }: PageSession,
  createdAt: number,
  expects: 'absent' | number,
) {
  return { kind: KIND, owner: OWNER, id, label, createdAt, dueAt: null, expiresAt, value: { key, admin }, expects }
}

function keysOf({ value }: Document): SessionKeys {
  const kept = new Map<string, unknown>(Object.entries(Object(value)))
  const digest = (name: string): string | null => {
    const text = kept.get(name)
    return typeof text === 'string' ? text : null
  }
  return { key: digest('key'), admin: digest('admin') }
}
