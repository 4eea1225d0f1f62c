/** A wire that is nobody's: other fields, other framing, ids and errors of its own, and the tokens of the prompt in its first event. */

import type { Dialect, ReplyHead, StreamEncoder } from '@moonbase/core/dialects'
import type { GenerationEvent, Usage } from '@moonbase/core/generation'
import { type ApiError, apiError } from '@moonbase/protocol'

const faultOf = (error: ApiError) => ({ fault: { kind: error.code, words: error.publicMessage } })

export const toyDialect: Dialect = {
  name: 'toy',
  lenient: new Set(['drop-fixed-sampling']),
  decode(wire) {
    const body = wire.body()
    const asked = typeof body === 'object' && body !== null && 'say' in body ? body.say : undefined
    if (typeof asked !== 'string') throw apiError('invalid_request', { details: 'say is missing' })
    const stream = wire.header('x-toy-stream') === 'yes'
    return {
      draft: {
        // The model stands in the path, and what fits no other wire in a header.
        model: wire.parameters['model'] ?? '',
        messages: [{ role: 'user', content: asked }],
        tools: [],
        toolChoice: 'auto',
        thinking: false,
        maxCompletionTokens: Number(wire.header('x-toy-budget') ?? 100),
        stop: [],
        responseFormat: { type: 'text' },
        sampling: { temperature: 0.2 },
        whole: !stream,
        extra: {},
      },
      stream,
      leniency: [],
      needs: 'prompt-tokens',
      whole: (head, reply) => ({
        toy: idOf(head),
        read: head.promptTokens,
        said: reply.choices[0]?.text,
        ended: reply.choices[0]?.finish,
      }),
      events: (head) => new ToyEncoder(head),
    }
  },
  encodeError: faultOf,
  encodeFailure: (error) => framed('broken', faultOf(error)),
}

const idOf = ({ requestId }: ReplyHead): string => `toy-${requestId.slice(0, 8)}`

class ToyEncoder implements StreamEncoder {
  readonly #head: ReplyHead
  #usage: Partial<Usage> = {}

  constructor(head: ReplyHead) {
    this.#head = head
  }

  push(event: GenerationEvent): string {
    if (event.type === 'start') return framed('begin', { toy: idOf(this.#head), read: this.#head.promptTokens })
    if (event.type === 'text') return framed('piece', event.text)
    if (event.type === 'usage') this.#usage = event.usage
    return ''
  }

  end(): string {
    return framed('done', { wrote: this.#usage.completion })
  }

  fail(error: ApiError): string {
    return framed('broken', faultOf(error))
  }

  idle(): string {
    return framed('still-here', null)
  }
}

function framed(event: string, data: unknown): string {
  return `event: toy.${event}\ndata: ${JSON.stringify(data)}\n\n`
}
