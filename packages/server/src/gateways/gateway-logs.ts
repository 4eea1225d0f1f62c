/**
 * The logs of gateways: kept as documents, the newest first, at most so many of each gateway.
 *
 * A log is written when its answer has ended and is told by its id before that: whoever asks for it at once waits for the write.
 */

import { randomBytes } from 'node:crypto'
import { DocumentError } from '../documents/document-error.ts'
import type { Documents } from '../documents/documents.ts'
import type { Document, DocumentWrite } from '../records/document.ts'
import { BODIES, type BodySide, type GatewayLog, type LogPatch, type LoggedBody } from './gateway-log.ts'
import type { Gateway } from './gateway-object.ts'
import { jsonValue, valueOf } from './kept-value.ts'
import { LogIds, isLogId, reversed } from './log-id.ts'
import { type LogQuery, isPlain, isWanted, ordered } from './log-query.ts'
import { LogRoom } from './log-room.ts'
import { removeAll, removeThese } from './remove-all.ts'

const LOG = 'gateway-log'
const BODY = 'gateway-log-body'
const DAY_MS = 86_400_000
/** A page of documents. */
const LISTED = 1_000
/** Logs that are looked at for one question; older ones are not found by a filter. */
const MOST_LOOKED_AT = 20_000
const MOST_TRIES = 5

export interface LogsParts {
  readonly documents: Documents
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** Told of what could not be written. */
  readonly onLost: (cause: unknown) => void
}

/** What goes with a log where its project keeps contents. */
export interface KeptBodies extends Readonly<Record<BodySide, LoggedBody>> {
  readonly days: number
}

export interface FoundLogs {
  readonly logs: readonly GatewayLog[]
  /** All that are wanted, as far as was looked. */
  readonly total: number
}

export class GatewayLogs {
  readonly #parts: LogsParts
  readonly #room: LogRoom
  /** Under way, by the document's id. */
  readonly #writing = new Map<string, Promise<void>>()
  readonly #ids = new LogIds(randomBytes)

  constructor(parts: LogsParts) {
    this.#parts = parts
    this.#room = new LogRoom({ documents: parts.documents, now: parts.now, kind: LOG })
  }

  /** Of a log that will be kept. */
  nextId(): string {
    return this.#ids.next(this.#parts.now())
  }

  /** Whether this gateway keeps another one now. @throws LedgerError where the store is away */
  hasRoom(owner: string, gateway: Gateway): Promise<boolean> {
    return this.#room.hasRoom(owner, gateway)
  }

  /** Never fails: an answer that is paid for is not taken back for its log. What is lost is told to `onLost`. */
  keep(owner: string, gateway: Gateway, log: GatewayLog, bodies: KeptBodies | undefined): Promise<void> {
    const id = documentId(gateway.id, log.id)
    const writing = this.#write(owner, gateway, log, bodies).catch(this.#parts.onLost)
    const done = writing.finally(() => this.#writing.delete(id))
    this.#writing.set(id, done)
    return done
  }

  /** Also of one whose answer is about to end. */
  async read(owner: string, gateway: string, id: string): Promise<GatewayLog | undefined> {
    const document = await this.#document(owner, gateway, id)
    return document === undefined ? undefined : logOf(document)
  }

  async body(owner: string, gateway: string, id: string, side: BodySide): Promise<LoggedBody | undefined> {
    if (!isLogId(id)) return undefined
    await this.#writing.get(documentId(gateway, id))
    const document = await this.#parts.documents.get(BODY, owner, bodyId(gateway, id, side))
    return document === undefined ? undefined : valueOf<LoggedBody>(document)
  }

  /** `undefined`: there is no such log. The last of two that say something at once has the last word. */
  async patch(owner: string, gateway: string, id: string, patch: LogPatch): Promise<GatewayLog | undefined> {
    for (let tried = 0; ; tried += 1) {
      const before = await this.#document(owner, gateway, id)
      if (before === undefined) return undefined
      const log: GatewayLog = { ...logOf(before), ...patch }
      const kept = await this.#parts.documents.put([
        { ...writeOf(owner, gateway, log), expects: tried < MOST_TRIES ? before.revision : 'any' },
      ])
      if (kept === 'kept') return log
    }
  }

  /** @param page from 1 */
  async find(owner: string, gateway: string, query: LogQuery, page: number, perPage: number): Promise<FoundLogs> {
    const first = (page - 1) * perPage
    if (isPlain(query)) {
      const total = await this.#parts.documents.count(LOG, owner, { prefix: `${gateway}/` })
      const logs = await this.#look(owner, gateway, query, Math.min(first + perPage, total))
      return { logs: logs.slice(first, first + perPage), total }
    }
    const logs = ordered(await this.#look(owner, gateway, query, MOST_LOOKED_AT), query)
    return { logs: logs.slice(first, first + perPage), total: logs.length }
  }

  /** Removes the first of those that are wanted, at most `limit`. Returns how many. */
  async remove(owner: string, gateway: string, query: LogQuery, limit: number): Promise<number> {
    const logs = ordered(await this.#look(owner, gateway, query, MOST_LOOKED_AT), query).slice(0, limit)
    const names = logs.flatMap(({ id }) => namesOf(owner, gateway, id))
    await removeThese(this.#parts.documents, names, this.#parts.now())
    this.#room.forget(owner, gateway)
    return logs.length
  }

  /** Of a gateway that is gone. */
  async forget(owner: string, gateway: string): Promise<void> {
    for (const kind of [BODY, LOG])
      await removeAll(this.#parts.documents, kind, owner, `${gateway}/`, this.#parts.now())
    this.#room.forget(owner, gateway)
  }

  async #write(owner: string, gateway: Gateway, log: GatewayLog, bodies: KeptBodies | undefined): Promise<void> {
    const { documents, now } = this.#parts
    const line = { ...writeOf(owner, gateway.id, log), expects: 'any' as const }
    const contents = bodies === undefined ? [] : bodyWrites(owner, gateway.id, log, bodies, now())
    try {
      await documents.put([line, ...contents])
    } catch (error) {
      // A body of nothing but escapes takes more room as JSON than a document has: the line stands without it.
      if (!(error instanceof DocumentError) || error.kind !== 'too_large') throw error
      await documents.put([line])
    }
    const surplus = await this.#room.added(owner, gateway)
    const names = surplus.flatMap(({ id }) => namesOf(owner, gateway.id, reversed(id.slice(gateway.id.length + 1))))
    await removeThese(documents, names, now())
  }

  async #document(owner: string, gateway: string, id: string): Promise<Document | undefined> {
    if (!isLogId(id)) return undefined
    const name = documentId(gateway, id)
    await this.#writing.get(name)
    return this.#parts.documents.get(LOG, owner, name)
  }

  /** The newest that are wanted, at most so many. */
  async #look(owner: string, gateway: string, query: LogQuery, most: number): Promise<readonly GatewayLog[]> {
    const found: GatewayLog[] = []
    let after: string | undefined
    for (let looked = 0; found.length < most && looked < MOST_LOOKED_AT;) {
      const page = await this.#parts.documents.list(LOG, owner, {
        prefix: `${gateway}/`,
        limit: LISTED,
        ...(after === undefined ? {} : { after }),
      })
      if (page.length === 0) break
      looked += page.length
      after = page.at(-1)?.id
      found.push(...page.map(logOf).filter((log) => isWanted(log, query)))
    }
    return found.slice(0, most)
  }
}

function documentId(gateway: string, id: string): string {
  return `${gateway}/${reversed(id)}`
}

function bodyId(gateway: string, id: string, side: BodySide): string {
  return `${documentId(gateway, id)}/${side}`
}

/** Of a log and its bodies, wherever there are any. */
function namesOf(owner: string, gateway: string, id: string): Pick<Document, 'kind' | 'owner' | 'id'>[] {
  const bodies = BODIES.map((side) => ({ kind: BODY, owner, id: bodyId(gateway, id, side) }))
  return [{ kind: LOG, owner, id: documentId(gateway, id) }, ...bodies]
}

function writeOf(owner: string, gateway: string, log: GatewayLog): Omit<DocumentWrite, 'expects'> {
  const value = jsonValue(log)
  const { createdAt } = log
  // Due from the beginning: what is too much is leased, the oldest first.
  const times = { createdAt, dueAt: createdAt, expiresAt: null }
  return { kind: LOG, owner, id: documentId(gateway, log.id), label: null, ...times, value }
}

function bodyWrites(
  owner: string,
  gateway: string,
  { id, createdAt }: GatewayLog,
  bodies: KeptBodies,
  now: number,
): DocumentWrite[] {
  const expiresAt = now + bodies.days * DAY_MS
  return BODIES.map((side) => ({
    kind: BODY,
    owner,
    id: bodyId(gateway, id, side),
    label: null,
    createdAt,
    dueAt: null,
    expiresAt,
    value: { text: bodies[side].text, complete: bodies[side].complete },
    expects: 'any',
  }))
}

function logOf(document: Document): GatewayLog {
  return valueOf<GatewayLog>(document)
}
