/** From events to the server-sent events of a streamed message: one synchronous object per stream, no I/O. */

import type { ApiError } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { FinishReason, GenerationEvent, ReportedUsage } from '../../generation/index.ts'
import type { ReplyHead, StreamEncoder } from '../dialect.ts'
import { type BlockKind, BlockOrder, type BlockSink, type BlockStart } from './block-order.ts'
import { errorEvent } from './encode-error.ts'
import type { MessageEncoding } from './encode-message.ts'
import { encodeUsage, usageAtStart } from './encode-usage.ts'
import { messageId, toolUseId } from './ids.ts'
import { messageStop } from './stop-reason.ts'

const THOUGHT: BlockStart = { kind: 'thinking' }
const TEXT: BlockStart = { kind: 'text' }

/** A stream that failed never sees `end`, and so never a `message_stop`: an `error` event is its last. */
export class MessageEvents implements StreamEncoder {
  readonly #head: ReplyHead
  readonly #single: boolean
  readonly #blocks: BlockWriter
  readonly #order: BlockOrder
  #calls = 0
  #finish: { readonly finish: FinishReason; readonly stop?: string; readonly paused?: ApiError['code'] } = {
    finish: 'stop',
  }
  #usage: ReportedUsage = { prompt: 0, completion: 0, cached: 0 }

  constructor(head: ReplyHead, encoding: MessageEncoding) {
    this.#head = head
    this.#single = encoding.single
    this.#blocks = new BlockWriter(head, encoding)
    this.#order = new BlockOrder(this.#blocks)
  }

  push(event: GenerationEvent): string {
    switch (event.type) {
      case 'start':
        return this.#messageStart()
      case 'reasoning':
        return this.#write(THOUGHT, event.text)
      case 'text':
        return this.#write(TEXT, event.text)
      case 'tool-call': {
        if (this.#single && event.call > 0) return ''
        if (event.name === undefined) return this.#write({ kind: event.call }, event.arguments)
        this.#calls += 1
        return this.#write({ kind: event.call, name: event.name, id: event.id }, event.arguments)
      }
      case 'server-tool':
        // What this server runs itself is told in the answer's text alone.
        return ''
      case 'finish': {
        const { reason: finish, stop, paused } = event
        this.#finish = { finish, ...(stop === undefined ? {} : { stop }), ...(paused === undefined ? {} : { paused }) }
        this.#order.end()
        return this.#blocks.take()
      }
      case 'usage':
        this.#usage = event.usage
        return ''
    }
  }

  end(): string {
    const delta = messageStop(this.#finish, this.#calls > 0)
    const usage = encodeUsage(this.#usage)
    return (
      framed('message_delta', { type: 'message_delta', delta, usage }) +
      framed('message_stop', { type: 'message_stop' })
    )
  }

  fail(error: ApiError): string {
    return errorEvent(error, this.#head.requestId)
  }

  idle(): string {
    return PING
  }

  #messageStart(): string {
    const { model, promptTokens = 0 } = this.#head
    return framed('message_start', {
      type: 'message_start',
      message: {
        id: messageId(this.#head),
        type: 'message',
        role: 'assistant',
        content: [],
        model,
        stop_reason: null,
        stop_sequence: null,
        usage: usageAtStart(promptTokens),
      },
    })
  }

  #write(start: BlockStart, piece: string): string {
    this.#order.push(start, piece)
    return this.#blocks.take()
  }
}

const PING = framed('ping', { type: 'ping' })

function framed(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Characters of one thought: it is signed whole. */
const MOST_THOUGHT = 16 * 1024 * 1024

const DELTAS = {
  thinking: '{"type":"thinking_delta","thinking":',
  text: '{"type":"text_delta","text":',
  call: '{"type":"input_json_delta","partial_json":',
} as const

/** Blocks as text. Only what changes is serialised: the envelope of a delta is the same for a whole block. */
class BlockWriter implements BlockSink {
  readonly #head: ReplyHead
  readonly #encoding: MessageEncoding
  #text = ''
  /** Of the open block. */
  #index = -1
  #kind: BlockKind = 'text'
  #delta = ''
  #thought = ''

  constructor(head: ReplyHead, encoding: MessageEncoding) {
    this.#head = head
    this.#encoding = encoding
  }

  /** What was written since the last time. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  open({ kind, name = '', id }: BlockStart): void {
    this.#index += 1
    this.#kind = kind
    const type = typeof kind === 'number' ? 'call' : kind
    this.#delta = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":${DELTAS[type]}`
    this.#text += framed('content_block_start', {
      type: 'content_block_start',
      index: this.#index,
      content_block: this.#emptyBlock(kind, name, id),
    })
  }

  write(piece: string): void {
    if (this.#kind === 'thinking') {
      this.#thought += piece
      if (this.#thought.length > MOST_THOUGHT)
        throw apiError('engine_limit', { limit: MOST_THOUGHT, unit: 'characters of thought' })
      if (this.#encoding.sealed) return
    }
    this.#text += `${this.#delta}${JSON.stringify(piece)}}}\n\n`
  }

  close(): void {
    const index = this.#index
    if (this.#kind === 'thinking') {
      const { seal, sealed } = this.#encoding
      const signature = sealed ? seal.seal(this.#thought) : seal.sign(this.#thought)
      this.#thought = ''
      const delta = { type: 'signature_delta', signature }
      this.#text += framed('content_block_delta', { type: 'content_block_delta', index, delta })
    }
    this.#text += framed('content_block_stop', { type: 'content_block_stop', index })
  }

  #emptyBlock(kind: BlockKind, name: string, id: string | undefined): object {
    if (kind === 'text') return { type: 'text', text: '' }
    if (kind === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
    return { type: 'tool_use', id: toolUseId(this.#head, kind, id), name: this.#encoding.names.toWire(name), input: {} }
  }
}
