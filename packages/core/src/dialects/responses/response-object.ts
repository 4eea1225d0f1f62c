/** The response as an object: the same in `response.completed`, in a whole reply, and where it is fetched later. */

import type { ApiError } from '@moonbase/protocol'
import type { FinishReason, GenerationEvent, ReportedUsage } from '../../generation/index.ts'
import type { ReasoningSeal } from './decode-items.ts'
import type { AskedResponse } from './decode-request.ts'
import { streamErrorOf } from './errors.ts'
import type { OutputItem } from './item.ts'
import { Output, type OutputListener } from './output.ts'
import type { Fields } from './shape.ts'

type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'

interface Ending {
  readonly status: ResponseStatus
  readonly completed_at: number | null
  readonly error: Fields | null
  readonly incomplete_details: Fields | null
  readonly output: readonly OutputItem[]
  readonly usage: Fields | null
}

const OPEN = { completed_at: null, error: null, incomplete_details: null, output: [], usage: null }

export class ResponseObject {
  readonly output: Output
  readonly #asked: AskedResponse
  /** Unix seconds. */
  readonly #now: () => number
  /** What was said of the request, as JSON without its last brace: it is the same in every event, and may be long. */
  #opening: string | undefined
  #finish: FinishReason | undefined
  #usage: ReportedUsage | undefined
  #ended: Ending | undefined

  constructor(asked: AskedResponse, seal: Pick<ReasoningSeal, 'seal'>, now: () => number, listener?: OutputListener) {
    this.#asked = asked
    this.#now = now
    this.output = new Output(asked, seal, listener)
  }

  push(event: GenerationEvent): void {
    if (event.type === 'finish' && event.choice === 0) this.#finish = event.reason
    else if (event.type === 'usage') this.#usage = event.usage
    this.output.push(event)
  }

  /** All has come. The same however often it is asked. */
  complete(): void {
    if (this.#ended !== undefined) return
    const reason = INCOMPLETE[this.#finish ?? 'stop']
    this.#end({
      status: reason === undefined ? 'completed' : 'incomplete',
      completed_at: reason === undefined ? this.#now() : null,
      incomplete_details: reason === undefined ? null : { reason },
    })
  }

  /** It did not come to its end, or cannot be paid for. */
  fail(error: ApiError): void {
    this.output.abandon()
    this.#end({ status: 'failed', error: streamErrorOf(error) })
  }

  cancel(): void {
    this.output.abandon()
    this.#end({ status: 'cancelled' })
  }

  toObject(status: 'queued' | 'in_progress' = 'in_progress'): Fields {
    return { ...this.#head(), ...(this.#ended ?? { status, ...OPEN }) }
  }

  toJson(status: 'queued' | 'in_progress' = 'in_progress'): string {
    this.#opening ??= JSON.stringify(this.#head()).slice(0, -1)
    return `${this.#opening},${JSON.stringify(this.#ended ?? { status, ...OPEN }).slice(1)}`
  }

  #end(how: Pick<Ending, 'status'> & Partial<Ending>): void {
    const usage = this.#usage === undefined ? null : usageOf(this.#usage)
    // Places that no item has reached are none.
    const output = this.output.items.filter(Boolean)
    const { status, ...rest } = how
    this.#ended = { status, ...OPEN, ...rest, output, usage }
  }

  #head(): Fields {
    const { identity, echo } = this.#asked
    return { id: identity.id, object: 'response', created_at: identity.createdAt, ...echo }
  }
}

const INCOMPLETE: Partial<Record<FinishReason, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
}

function usageOf({ prompt, completion, cached, reasoning }: ReportedUsage): Fields {
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: prompt + completion,
  }
}
