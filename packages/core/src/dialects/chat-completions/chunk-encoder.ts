/** From events to the server-sent events of a stream: one synchronous object per stream, no I/O. */

import { type ApiError, type FinishReason, SSE_DONE, encodeSseData } from '@moonbase/protocol'
import type { GenerationEvent, ReportedUsage } from '../../generation/index.ts'
import type { ReplyHead, StreamEncoder } from '../dialect.ts'
import { callIdsOf, toolCallId } from './call-id.ts'
import type { ChatForm } from './chat-form.ts'
import { encodeUsage, toolCallType } from './encode-reply.ts'

const NO_CHOICES: readonly number[] = []

/**
 * A stream that failed never sees `end`, and so never a `[DONE]`: an in-band error is its last event.
 *
 * Only what changes is serialised: the envelope around a delta is the same in all chunks, so it is built once. The
 * finish chunks wait for the usage that they carry, which an engine tells last.
 */
export class ChunkEncoder implements StreamEncoder {
  readonly #opening: string
  readonly #closing: string
  readonly #includeUsage: boolean
  readonly #form: ChatForm
  /** What ids of calls begin with where they are to be unique. */
  readonly #callIds: string | undefined
  /** Choices whose role has been sent: nearly always there is one, and a stream that waits keeps no table for it. */
  #roles: readonly number[] = NO_CHOICES
  /** Finished choices, held until the usage is known. */
  readonly #finished: { choice: number; reason: FinishReason }[] = []
  #usage: ReportedUsage | undefined

  constructor(head: ReplyHead, form: ChatForm, options: { includeUsage: boolean }) {
    const { created, model } = head
    const envelope = JSON.stringify({ id: form.id(head), object: 'chat.completion.chunk', created, model })
    this.#opening = `data: ${envelope.slice(0, -1)},"choices":[`
    this.#closing = form.fingerprint ? `],"system_fingerprint":${JSON.stringify(head.fingerprint)}` : ']'
    this.#includeUsage = options.includeUsage
    this.#form = form
    this.#callIds = form.uniqueCallIds === true ? callIdsOf(head) : undefined
  }

  push(event: GenerationEvent): string {
    switch (event.type) {
      case 'start':
        return this.#role(0)
      case 'text':
        return this.#delta(event.choice, `"content":${JSON.stringify(event.text)}`)
      case 'reasoning':
        return this.#delta(event.choice, `"reasoning_content":${JSON.stringify(event.text)}`)
      case 'tool-call':
        return this.#delta(event.choice, `"tool_calls":[${encodeToolCall(event, this.#callIds)}]`)
      case 'server-tool':
        // This wire has no place for it.
        return ''
      case 'finish':
        this.#finished.push(event)
        return this.#role(event.choice)
      case 'usage':
        this.#usage = event.usage
        return ''
    }
  }

  end(): string {
    const usage = this.#usage === undefined ? 'null' : JSON.stringify(encodeUsage(this.#usage))
    const { usageAtFinish, usageBesideFinish = false } = this.#form
    let text = ''
    for (const [index, { choice, reason }] of this.#finished.entries()) {
      const own = usage === 'null' || !usageAtFinish ? '' : `,"usage":${usage}`
      const beside = usageBesideFinish && !this.#includeUsage && index === this.#finished.length - 1
      text += this.#chunk(
        `{"index":${choice},"delta":{},"finish_reason":"${reason}"${own}}`,
        beside ? usage : undefined,
      )
    }
    if (this.#includeUsage) text += this.#chunk('', usage)
    return text + SSE_DONE
  }

  fail(error: ApiError): string {
    return encodeFailure(error, this.#form)
  }

  #role(choice: number): string {
    if (this.#roles.includes(choice)) return ''
    this.#roles = [...this.#roles, choice]
    return this.#delta(choice, '"role":"assistant","content":""')
  }

  #delta(choice: number, delta: string): string {
    const role = this.#role(choice)
    return role + this.#chunk(`{"index":${choice},"delta":{${delta}},"finish_reason":null}`)
  }

  /** @param usage where it is left out a chunk says that it has none, or nothing of it */
  #chunk(choice: string, usage = this.#includeUsage ? 'null' : undefined): string {
    const tail = usage === undefined ? '}\n\n' : `,"usage":${usage}}\n\n`
    return this.#opening + choice + this.#closing + tail
  }
}

/** The in-band error, behind which no `[DONE]` comes. */
export function encodeFailure(error: ApiError, { failure }: Pick<ChatForm, 'failure'>): string {
  return encodeSseData(JSON.stringify(failure(error)))
}

/** The first piece of a call names it; the later ones only add arguments. */
function encodeToolCall(event: GenerationEvent & { type: 'tool-call' }, unique: string | undefined): string {
  const { call: index, name, id } = event
  if (name === undefined) return JSON.stringify({ index, function: { arguments: event.arguments } })
  return JSON.stringify({
    index,
    id: toolCallId(id, name, index, unique),
    type: toolCallType(name),
    function: { name, arguments: event.arguments },
  })
}
