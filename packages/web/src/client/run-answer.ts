/**
 * One answer from the server, however often the way to it breaks: asked for, read as it comes, asked for again behind the last event
 * that was seen, stopped, and its receipt looked up. What happens is told as events; nothing here knows a conversation.
 */

import type { ChatRequest } from '@moonbase/protocol'
import { errorOf, type Happened, ownError, readBlock, readReceipt, readWhole } from '../wire/read-chunk.ts'
import type { WireBlock } from '../wire/wire-record.ts'
import type { AnswerOptions, Place } from './answer-options.ts'
import { receiptOf } from './receipt.ts'
import { completionIn, errorBodyIn, isWayGone } from './reply-body.ts'
import { headOf, requestIdOf, retryAt } from './reply-head.ts'
import { PAGE, TRIES } from './surroundings.ts'

const CHAT = '/v1/chat/completions'
/** Ms without an event behind which a stream that was come back to is at its head. */
const LULL_MS = 150

/** Headers that every run of the page has. */
export function runHeaders(stream: boolean, detach: boolean): Readonly<Record<string, string>> {
  return {
    'x-moonbase-receipt': 'on',
    ...(stream && { 'x-moonbase-event-ids': 'on' }),
    ...(stream && detach && { 'x-moonbase-on-disconnect': 'detach' }),
  }
}

/** How one connection ended. `gone`: the way broke, and the answer may still be there. */
type Ended = 'over' | 'gone'

export class Answer {
  readonly #options: AnswerOptions
  readonly #began: number
  readonly #reading = new AbortController()
  readonly #receipt = new AbortController()
  #hurry = new AbortController()
  #place: Place | undefined
  #requestId = ''
  /** Number of the last event. */
  #last = 0
  #head = false
  #hasReceipt = false
  #stopped = false
  /** A `finish`, or an error that is the stream's own: what comes behind it is not missed. */
  #isOver = false

  constructor(options: AnswerOptions) {
    this.#options = options
    this.#began = options.around.now() - (options.age ?? 0)
  }

  /** Resolves when it is over, one way or another; its receipt may come later. */
  async run(request: ChatRequest): Promise<void> {
    const { detach } = this.#options
    const streams = request.stream === true
    const body = JSON.stringify(request)
    const headers = { 'content-type': 'application/json', ...runHeaders(streams, detach), ...PAGE }
    const ask = (): Promise<Response> => this.#fetch(CHAT, { method: 'POST', body, headers })
    await this.#tried(() => (this.#place === undefined ? this.#asked(ask, streams) : this.#again(this.#place)))
  }

  async resume(place: Place): Promise<void> {
    this.#place = place
    this.#requestId = place.requestId
    this.#last = place.after
    this.#head = true
    await this.#tried(() => (this.#place === undefined ? Promise.resolve('over') : this.#again(this.#place)))
  }

  /** Tries at once, where it waits to try again. */
  hurry(): void {
    this.#hurry.abort()
  }

  /** Ends the reading, and the generation too. What stopped it is told by who stopped it. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#reading.abort()
    this.#hurry.abort()
  }

  /** Nothing is told any more, and nothing is stopped: the page goes away. */
  leave(): void {
    this.stop()
    this.#place = undefined
    this.#receipt.abort()
  }

  get #ms(): number {
    return Math.max(0, this.#options.around.now() - this.#began)
  }

  #tell(happened: Happened): void {
    if (happened.type === 'receipt') this.#hasReceipt = true
    if (happened.type === 'finish') this.#isOver = true
    if (!this.#stopped || happened.type === 'receipt') this.#options.tell(happened, this.#ms)
  }

  #fetch(address: string, init: RequestInit): Promise<Response> {
    return this.#options.around.fetch(address, { ...init, signal: this.#reading.signal })
  }

  /** One connection after the other until the answer is over, or there are no more tries. */
  async #tried(connect: () => Promise<Ended>): Promise<void> {
    let failures = 0
    while (!this.#stopped) {
      const before = this.#place?.after ?? 0
      let ended: Ended
      try {
        ended = await connect()
      } catch (error) {
        if (!isWayGone(error) && !this.#reading.signal.aborted) {
          this.#tell({ type: 'fail', error: ownError('cut', ['again']) })
          throw error
        }
        ended = 'gone'
      }
      if (ended === 'over' || this.#stopped) break
      // What came further has no fewer tries than one that has just begun.
      failures = (this.#place?.after ?? 0) > before ? 0 : failures + 1
      if (!(await this.#waited(failures))) break
      this.#tell({ type: 'reattach', after: this.#place?.after ?? 0 })
    }
    if (this.#stopped) await this.#stopGeneration()
    void this.#lookUp()
  }

  /** Whether it is tried again. The first time at once: a connection that broke is nearly always a matter of that moment. */
  async #waited(failures: number): Promise<boolean> {
    if (failures === 0) return true
    const { around } = this.#options
    const seconds = TRIES[failures - 1]
    const wait = seconds === undefined ? {} : { retryAt: around.epoch() + seconds * 1000 }
    this.#tell({ type: 'fail', error: { ...ownError('network', ['again']), ...wait } })
    if (seconds === undefined) return false
    this.#hurry = new AbortController()
    await around.rest(seconds * 1000, this.#hurry.signal)
    return !this.#stopped
  }

  async #asked(ask: () => Promise<Response>, streams: boolean): Promise<Ended> {
    const reply = await ask()
    const { tap, isOffline } = this.#options
    tap.head(reply)
    const head = headOf(reply, isOffline)
    this.#tell(head)
    this.#head = reply.ok
    if (!reply.ok) return this.#refused(reply)
    if (!streams || reply.body === null) return this.#whole(reply)
    const streamId = reply.headers.get('x-moonbase-stream-id')
    this.#requestId = requestIdOf(reply.headers)
    if (streamId !== null) this.#place = { streamId, requestId: this.#requestId, after: 0 }
    return this.#read(reply.body, undefined)
  }

  async #again({ streamId, after }: Place): Promise<Ended> {
    const { tap } = this.#options
    const reply = await this.#fetch(`/v1/streams/${encodeURIComponent(streamId)}?after=${after}`, { headers: PAGE })
    tap.again(after)
    if (reply.status === 204) {
      this.#end()
      return 'over'
    }
    // No room for one more reader, a balancer between two servers: that passes.
    if (reply.status === 429 || reply.status >= 500) return 'gone'
    if (!reply.ok) return this.#refused(reply)
    return reply.body === null ? 'gone' : this.#read(reply.body, after)
  }

  /** @param from the event behind which it was asked for again; `undefined` for the first reply */
  async #read(body: ReadableStream<Uint8Array>, from: number | undefined): Promise<Ended> {
    const { tap } = this.#options
    const reader = body.getReader()
    let fetched = 0
    let isBehind = from !== undefined
    let lastMs = this.#ms
    const caughtUp = (): void => {
      isBehind = false
      if (fetched > 0) this.#tell({ type: 'caught-up', events: fetched })
    }
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (isBehind && this.#ms - lastMs > LULL_MS) caughtUp()
        lastMs = this.#ms
        for (const block of tap.push(part.value)) {
          if (block.kind === 'event' && isBehind) fetched += 1
          this.#block(block)
        }
      }
    } catch (error) {
      if (!isWayGone(error) && !this.#reading.signal.aborted) throw error
    }
    if (isBehind) caughtUp()
    if (!this.#isOver && this.#place !== undefined) return 'gone'
    this.#end()
    return 'over'
  }

  #block(block: WireBlock): void {
    const { tap } = this.#options
    const n = block.kind === 'event' ? tap.number(block.id) : 0
    const read = readBlock(block, n)
    tap.note(block, read, block.kind === 'event' ? n : null, this.#ms)
    for (const happened of read.happened) {
      if (happened.type === 'fail') this.#isOver = true
      // Two engines may break off for one another twice: a seam is told apart by its place.
      this.#tell(happened.type === 'seam' ? { ...happened, key: `${happened.key} @${this.#last}` } : happened)
    }
    if (block.kind === 'comment') return
    this.#last = n
    if (this.#place !== undefined) this.#place = { ...this.#place, after: n }
  }

  #end(): void {
    this.#isOver = true
    this.#tell({ type: 'end', cut: ownError('cut', ['go-on', 'again']) })
  }

  async #whole(reply: Response): Promise<Ended> {
    this.#requestId = requestIdOf(reply.headers)
    const text = await reply.text()
    this.#options.tap.whole(text, this.#ms)
    const completion = completionIn(text)
    if (completion === undefined) {
      this.#end()
      return 'over'
    }
    for (const happened of readWhole(completion)) this.#tell(happened)
    const receipt = readReceipt(reply.headers.get('x-moonbase-receipt'))
    if (receipt !== null) this.#tell({ type: 'receipt', receipt })
    this.#end()
    return 'over'
  }

  async #refused(reply: Response): Promise<Ended> {
    const text = await reply.text()
    this.#options.tap.whole(text, this.#ms)
    const at = retryAt(reply.headers, this.#options.around.epoch())
    const requestId = requestIdOf(reply.headers)
    const about = {
      status: reply.status,
      ...(at !== undefined && { retryAt: at }),
      ...(requestId !== '' && { requestId }),
    }
    this.#tell({ type: 'fail', error: errorOf(errorBodyIn(text), about) })
    return 'over'
  }

  /** A detached answer would go on without its reader, and be paid for. */
  async #stopGeneration(): Promise<void> {
    const { around, detach } = this.#options
    if (!detach || this.#place === undefined) return
    try {
      const address = `/v1/streams/${encodeURIComponent(this.#place.streamId)}`
      await around.fetch(address, { method: 'DELETE', headers: PAGE, signal: this.#receipt.signal })
    } catch (error) {
      // The server is away, and its own limit for answers without a reader ends it.
      if (!isWayGone(error) && !this.#receipt.signal.aborted) throw error
    }
  }

  /** What an answer cost that did not come to its end in this stream. */
  async #lookUp(): Promise<void> {
    if (!this.#head || this.#hasReceipt || this.#requestId === '') return
    const receipt = await receiptOf(this.#requestId, this.#options.around, this.#receipt.signal)
    if (receipt !== undefined) this.#tell({ type: 'receipt', receipt })
  }
}
