/**
 * Responses as documents: kept for their organisation, for a time, and no more of them than it may have.
 *
 * A response keeps what it added to its conversation: its own input and its output. What came before stands with the responses
 * that it went on from, which it names. An item is found in the response whose digits its id has.
 */

import { apiError, apiErrorWith } from '@moonbase/protocol'
import type { Documents } from '../documents/documents.ts'
import type { Document, DocumentWrite } from '../records/document.ts'
import type { JsonValue } from '../records/json-value.ts'
import { reachable } from './reachable-documents.ts'
import { isKeepable, largeRemovals, largeWrites, readLarge } from './large-documents.ts'
import { type QuotaLimits, ResponseQuota } from './response-quota.ts'
import { type StoredItem, type StoredResponse, storedItemsOf, storedResponseOf } from './stored-response.ts'

const RESPONSE = 'response'
const INPUT = 'response-input'

export interface KeptResponse extends StoredResponse {
  readonly id: string
  readonly document: Document
}

export interface ResponseStoreParts {
  readonly documents: Pick<Documents, 'get' | 'put' | 'list' | 'count'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** For how long a response is kept, in milliseconds. */
  readonly keepMs: () => number
  readonly limits?: QuotaLimits
}

/** What one organisation may have. */
const LIMITS: QuotaLimits = { responses: 10_000, units: Infinity }
/** Where they are kept in memory, which has 64 million characters for documents of all kinds. */
export const MEMORY_LIMITS: QuotaLimits = { responses: 10_000, units: 24_000_000 }

/** Responses of one conversation that are taken up again. */
const MOST_EARLIER = 1_000
/** UTF-16 units of JSON, far past any window. */
const MOST_CONVERSATION_UNITS = 32 * 1024 * 1024
/** Asked for at once. */
const AT_ONCE = 16

export class ResponseStore {
  readonly #documents: ReturnType<typeof reachable>
  readonly #now: () => number
  readonly #keepMs: () => number
  readonly #quota: ResponseQuota

  constructor({ now, keepMs, limits = LIMITS, ...parts }: ResponseStoreParts) {
    const documents = reachable(parts.documents)
    this.#documents = documents
    this.#now = now
    this.#keepMs = keepMs
    this.#quota = new ResponseQuota({
      limits,
      now,
      count: (owner) => documents.count(RESPONSE, owner, {}),
      dropOldest: (owner, count) => this.#dropOldest(owner, count),
    })
  }

  /** `undefined` for one that is unknown, expired, or of another organisation. */
  async find(owner: string, id: string): Promise<KeptResponse | undefined> {
    const document = await this.#documents.get(RESPONSE, owner, id)
    if (document === undefined) return undefined
    const value = await readLarge(this.#documents, document)
    return value === undefined ? undefined : { ...storedResponseOf(value), id, document }
  }

  async inputOf(owner: string, id: string): Promise<readonly StoredItem[]> {
    const document = await this.#documents.get(INPUT, owner, id)
    return document === undefined ? [] : storedItemsOf(await readLarge(this.#documents, document))
  }

  /**
   * All that was said up to the end of a response, and the responses that said it, itself among them.
   *
   * @throws ApiError `previous_response_not_found` for one of them that is not kept; `invalid_request` for one without an answer
   */
  async conversationOf(
    owner: string,
    id: string,
  ): Promise<{ readonly items: readonly StoredItem[]; readonly earlier: readonly string[] }> {
    const last = await this.find(owner, id)
    if (last === undefined) throw apiError('previous_response_not_found', { id })
    const earlier = [...last.earlier, id]
    if (earlier.length > MOST_EARLIER) throw tooLong(`has more than ${MOST_EARLIER} responses`)
    const items: StoredItem[] = []
    let units = 0
    for (let at = 0; at < earlier.length; at += AT_ONCE) {
      const turns = await Promise.all(earlier.slice(at, at + AT_ONCE).map((one) => this.#turn(owner, one)))
      for (const turn of turns) {
        units += JSON.stringify(turn).length
        if (units > MOST_CONVERSATION_UNITS) throw tooLong('is larger than any window')
        items.push(...turn)
      }
    }
    return { items, earlier }
  }

  /** Input and output. @throws ApiError */
  async #turn(owner: string, id: string): Promise<readonly StoredItem[]> {
    const [kept, input] = await Promise.all([this.find(owner, id), this.inputOf(owner, id)])
    if (kept === undefined) throw apiError('previous_response_not_found', { id })
    const { status } = kept.response
    if (status !== 'completed' && status !== 'incomplete') throw unanswered(id, status)
    // A call that was cut was given to nobody, so nobody has its result.
    return [
      ...input,
      ...outputOf(kept).filter((item) => item['type'] !== 'function_call' || item['status'] !== 'incomplete'),
    ]
  }

  /** Empty where it is not kept. */
  async outputOf(owner: string, id: string): Promise<readonly StoredItem[]> {
    const kept = await this.find(owner, id)
    return kept === undefined ? [] : outputOf(kept)
  }

  /** Whether what it was asked can be kept; what it answers is never that long. */
  canKeep(input: readonly StoredItem[], response: JsonValue): boolean {
    return isKeepable(input) && isKeepable(response)
  }

  /** Makes room for one more, where an organisation has as many as it may: those that are oldest go. */
  async makeRoom(owner: string): Promise<void> {
    await this.#quota.take(owner)
  }

  /** What keeps a response that is new, with what it was asked. */
  creation(owner: string, id: string, stored: StoredResponse, input: readonly StoredItem[]): DocumentWrite[] {
    const writes = [
      ...this.#writes(RESPONSE, owner, id, { ...stored }, 'absent'),
      ...this.#writes(INPUT, owner, id, input, 'absent'),
    ]
    for (const { value } of writes) this.#quota.weigh(owner, unitsOf(value))
    return writes
  }

  /** What writes a response anew that is kept already. @param revision at which it was found */
  change(owner: string, id: string, stored: StoredResponse, revision: number): DocumentWrite[] {
    return this.#writes(RESPONSE, owner, id, { ...stored }, revision)
  }

  put(writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'> {
    return this.#documents.put(writes)
  }

  /** Whether there was such a one. Whatever is under way for it finds it gone. */
  async remove(owner: string, id: string): Promise<boolean> {
    if ((await this.#documents.get(RESPONSE, owner, id)) === undefined) return false
    const writes = await Promise.all([
      largeRemovals(this.#documents, { kind: RESPONSE, owner, id }),
      largeRemovals(this.#documents, { kind: INPUT, owner, id }),
    ])
    await this.#documents.put(writes.flat())
    return true
  }

  #writes(
    kind: string,
    owner: string,
    id: string,
    value: JsonValue,
    expects: DocumentWrite['expects'],
  ): DocumentWrite[] {
    const now = this.#now()
    const times = { createdAt: now, dueAt: null, expiresAt: now + this.#keepMs() }
    // One that is new and one that is written anew differ, and there are no others.
    const version = typeof expects === 'number' ? String(expects) : 'new'
    return largeWrites({ kind, owner, id, label: null, ...times, expects }, version, value)
  }

  async #dropOldest(owner: string, count: number): Promise<void> {
    // Ids are in the order of time.
    const oldest = await this.#documents.list(RESPONSE, owner, { limit: count })
    for (const { id } of oldest) await this.remove(owner, id)
  }
}

function outputOf({ response }: StoredResponse): readonly StoredItem[] {
  return storedItemsOf(response['output'])
}

function unitsOf(value: JsonValue): number {
  return typeof value === 'string' ? value.length : JSON.stringify(value).length
}

function unanswered(id: string, status: JsonValue | undefined): Error {
  const details = `previous_response_id names ${id}, which is ${typeof status === 'string' ? status : 'odd'}: there is no answer to go on from`
  return apiErrorWith('invalid_request', { field: { name: 'previous_response_id' } }, { details })
}

function tooLong(why: string): Error {
  return apiError('invalid_request', { details: `the conversation that previous_response_id goes on with ${why}` })
}
