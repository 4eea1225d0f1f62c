/** Responses that go on while nobody is there: run, renewed, cancelled, and found failed where their gateway has died. */

import { type Clock, type GenerationEvent, batchesOf } from '@moonbase/core/generation'
import { type RunEnd, failureOf } from '@moonbase/core/inference'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { Documents } from '../documents/documents.ts'
import type { Inference } from '../inference/inference.ts'
import type { DocumentWrite } from '../records/document.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import { BackgroundLease, LEASE_MS, isLeased, leaseEnd } from './background-lease.ts'
import type { KeptResponse, ResponseStore } from './response-store.ts'
import { type JsonObject, type StoredItem, type StoredResponse, isOver } from './stored-response.ts'

/** What is written of a response while it comes, in its wire; a whole one writes nothing. */
export interface BackgroundForm {
  push(event: GenerationEvent): string
  end(): string
  fail(error: ApiError): string
  cancel(): string
  /** The response as it ends: complete, or with this failure. Nothing is written yet. */
  ended(failure: ApiError | undefined): JsonObject
}

export interface BackgroundParts {
  readonly documents: Pick<Documents, 'get' | 'put'>
  readonly store: ResponseStore
  readonly clock: Clock
  /** Told of what went wrong where nobody was there to be told. */
  readonly onProblem: (problem: string, cause: unknown) => void
}

/** The first writing of a response; whatever ends it is the second, and whoever comes later is in conflict. */
const FIRST_REVISION = 1
const RENEW_EVERY_MS = LEASE_MS / 3

export interface NewBackground {
  readonly owner: string
  readonly id: string
  readonly input: readonly StoredItem[]
  readonly stored: StoredResponse
  readonly form: BackgroundForm
}

export class BackgroundResponses {
  readonly #parts: BackgroundParts
  /** By owner and id. */
  readonly #running = new Map<string, BackgroundResponse>()
  readonly #end = new AbortController()
  #renewing = false

  constructor(parts: BackgroundParts) {
    this.#parts = parts
  }

  /** A response that may be asked for: what it keeps at its end is known before it is started. */
  prepare(asked: NewBackground): BackgroundResponse {
    return new BackgroundResponse(asked, this.#parts)
  }

  /**
   * Keeps it, and lets it run.
   *
   * @param stream by which its events may be read again
   * @param begin called when it is kept: from here on its id may be told. What it returns is called when the response is over
   * @throws ApiError where it cannot be kept, and then it does not run
   */
  async run(
    response: BackgroundResponse,
    running: Inference,
    writer: StreamWriter,
    stream: string | null,
    begin: () => () => void,
  ): Promise<void> {
    try {
      await response.keep(stream)
    } catch (error) {
      response.cancelling()
      await running[Symbol.asyncDispose]()
      writer.end()
      throw error
    }
    const over = begin()
    const { name } = response
    this.#running.set(name, response)
    if (!this.#renewing && !this.#end.signal.aborted) void this.#renew()
    void response.run(running, writer).finally(() => {
      this.#running.delete(name)
      over()
    })
  }

  /** As it is now. One that nobody is at work on any more is written down as failed first. */
  async settled(owner: string, kept: KeptResponse): Promise<KeptResponse> {
    const { documents, store, clock } = this.#parts
    const { id, document } = kept
    if (isOver(kept) || this.#running.has(nameOf(owner, id))) return kept
    if (await isLeased(documents, owner, id, clock.now())) return kept
    const error = { code: 'server_error', message: 'The server that was at work on this response has gone.' }
    const response = { ...kept.response, status: 'failed', error }
    const outcome = await store.put([
      ...store.change(owner, id, { ...kept, response }, document.revision),
      leaseEnd(owner, id),
    ])
    // Whoever was faster has ended it.
    return outcome === 'kept' ? { ...kept, response } : ((await store.find(owner, id)) ?? kept)
  }

  /**
   * Ends it where it is not over, wherever it runs: here at once, elsewhere when its lease is renewed next.
   *
   * @returns the response as it ended
   */
  async cancel(owner: string, kept: KeptResponse): Promise<KeptResponse> {
    const { store } = this.#parts
    const { id, document } = kept
    if (isOver(kept)) return kept
    const local = this.#running.get(nameOf(owner, id))
    const response = { ...kept.response, status: 'cancelled' }
    local?.cancelling()
    const outcome = await store.put([
      ...store.change(owner, id, { ...kept, response }, document.revision),
      leaseEnd(owner, id),
    ])
    local?.stop()
    return outcome === 'kept' ? { ...kept, response } : ((await store.find(owner, id)) ?? kept)
  }

  /** Nobody wants it any more: it was deleted. */
  drop(owner: string, id: string): void {
    const local = this.#running.get(nameOf(owner, id))
    local?.cancelling()
    local?.stop()
  }

  close(): void {
    this.#end.abort()
  }

  /** One sleeping loop for all of them; it sleeps for as long as there are any. */
  async #renew(): Promise<void> {
    const { clock } = this.#parts
    this.#renewing = true
    try {
      while (this.#running.size > 0) {
        await clock.sleep(RENEW_EVERY_MS, this.#end.signal)
        await Promise.all([...this.#running.values()].map((response) => response.renew()))
      }
    } catch (error) {
      // Only its own end wakes it early.
      if (!this.#end.signal.aborted) throw error
    } finally {
      this.#renewing = false
    }
  }
}

export class BackgroundResponse {
  readonly name: string
  readonly #asked: NewBackground
  readonly #parts: BackgroundParts
  readonly #lease: BackgroundLease
  #stored: StoredResponse
  #writer: StreamWriter | undefined
  #isCancelled = false
  #isWritten = false

  constructor(asked: NewBackground, parts: BackgroundParts) {
    this.name = nameOf(asked.owner, asked.id)
    this.#asked = asked
    this.#parts = parts
    this.#stored = asked.stored
    this.#lease = new BackgroundLease(parts.documents, asked.owner, asked.id)
  }

  /** Durable when it resolves: from here on it is found. */
  async keep(stream: string | null): Promise<void> {
    const { owner, id, input } = this.#asked
    const { store, clock } = this.#parts
    this.#stored = { ...this.#stored, stream }
    const writes = [...store.creation(owner, id, this.#stored, input), this.#lease.taking(clock.now())]
    if ((await store.put(writes)) === 'conflict') throw new Error(`the response ${id} is there already`)
  }

  /**
   * Kept in the commit of its settlement: the answer, or that it failed. What was cancelled is written down already, and of that
   * what was streamed is paid for all the same.
   */
  atEnd(end: RunEnd): readonly DocumentWrite[] {
    if (this.#isCancelled) return []
    this.#isWritten = true
    const failure = end.how === 'complete' ? undefined : this.#failureOf(end.failure)
    return this.#ended(failure)
  }

  /** Never rejects. */
  async run(running: Inference, writer: StreamWriter): Promise<void> {
    const { form } = this.#asked
    this.#writer = writer
    if (this.#isCancelled) this.stop()
    let last: string
    try {
      for await (const batch of batchesOf(running.events)) {
        let text = ''
        for (const event of batch) text += form.push(event)
        const drained = text === '' ? undefined : writer.write(text)
        if (drained !== undefined) await drained
      }
      last = form.end()
    } catch (error) {
      last = await this.#failed(error, running, writer)
    }
    writer.end(last)
  }

  async renew(): Promise<void> {
    try {
      if (await this.#lease.renew(this.#parts.clock.now())) return
      // Its end may just have ended the lease, and then nothing is there to be stopped.
      this.#isCancelled = true
      this.stop()
    } catch (error) {
      // The next time may do. Until somebody finds it without a lease it is still ours.
      this.#parts.onProblem('a response in the background could not be renewed', error)
    }
  }

  /** Its end writes nothing any more. */
  cancelling(): void {
    this.#isCancelled = true
  }

  stop(): void {
    this.#writer?.stop(apiError('client_closed'))
  }

  async #failed(error: unknown, running: Inference, writer: StreamWriter): Promise<string> {
    const { form } = this.#asked
    const failure = failureOf(error, running.facts.model, writer.signal)
    // Where it was the writer that failed the run is still open.
    await letGo(running, failure)
    if (this.#isCancelled) return form.cancel()
    // What was refused before it could be settled has written nothing.
    if (!this.#isWritten) await this.#writeFailure(failure)
    return form.fail(failure)
  }

  #failureOf(error: unknown): ApiError {
    return failureOf(error ?? apiError('client_closed'), '', this.#writer?.signal)
  }

  async #writeFailure(failure: ApiError): Promise<void> {
    try {
      await this.#parts.store.put(this.#ended(failure))
    } catch (error) {
      // Its lease runs out, and then it is found failed.
      this.#parts.onProblem('the failure of a response in the background could not be kept', error)
    }
  }

  #ended(failure: ApiError | undefined): DocumentWrite[] {
    const { owner, id, form } = this.#asked
    const { store } = this.#parts
    const response = form.ended(failure)
    return [...store.change(owner, id, { ...this.#stored, response }, FIRST_REVISION), leaseEnd(owner, id)]
  }
}

/** What it rejects with is what it was given. */
async function letGo(running: Inference, failure: ApiError): Promise<void> {
  try {
    await running.events.throw?.(failure)
  } catch (error) {
    if (error !== failure) throw error
  }
}

function nameOf(owner: string, id: string): string {
  return `${owner}/${id}`
}
