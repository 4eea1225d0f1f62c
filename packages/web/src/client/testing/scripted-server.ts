/** A server for tests of the client: plays one stream, cuts it where it is told, and has a time of its own. */

import type { Happened } from '../../wire/read-chunk.ts'
import type { Answer } from '../run-answer.ts'
import type { Surroundings } from '../surroundings.ts'

export interface Script {
  /** Bytes behind which one connection after the other breaks. */
  readonly cuts?: readonly number[]
  /** Bytes of one piece. */
  readonly size?: number
  /** What re-attachments get, one after the other; then the stream. */
  readonly again?: readonly number[]
  /** How many requests find nobody. */
  readonly away?: number
  readonly refusal?: { readonly status: number; readonly body: string; readonly retryAfter?: string }
  readonly receipts?: readonly number[]
  readonly whole?: object
  readonly body?: string
  readonly isKept?: boolean
  readonly stopAt?: Happened['type']
  readonly leaveAt?: Happened['type']
}

interface Asked {
  readonly method: string
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
}

const STREAM_ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  404: ['resource_not_found_error', 'Not found the stream stream-1 or Permission denied'],
  410: ['resource_not_found_error', 'The stream stream-1 is not kept: the room for streams was used up'],
}

const USAGE = {
  prompt_tokens: 3,
  completion_tokens: 3,
  total_tokens: 6,
  cached_tokens: 1,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 1 },
}

/** Numbered events with two seams of the same words, a finish, a usage, a receipt and the end. */
export function sseOf(reasoning: readonly string[], texts: readonly string[], receipt: object): string {
  let n = 0
  const event = (data: string): string => `id: ${(n += 1)}\ndata: ${data}\n\n`
  const chunk = (delta: object, finish: string | null = null, usage?: object): string =>
    event(
      JSON.stringify({
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'kimi-k2.5',
        choices: [{ index: 0, delta, finish_reason: finish, ...(usage && { usage }) }],
      }),
    )
  const seam = ': seam from=one to=two reason=connection\n\n'
  return [
    chunk({ role: 'assistant', content: '' }),
    ...reasoning.map((text) => chunk({ reasoning_content: text })),
    seam,
    ...texts.map((text, index) => (index === 1 ? seam : '') + chunk({ content: text })),
    chunk({ tool_calls: [{ index: 0, id: 'f:0', type: 'function', function: { name: 'f', arguments: '{"a":' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
    chunk({}, 'stop', USAGE),
    `: receipt ${JSON.stringify(receipt)}\n\n`,
    event('[DONE]'),
  ].join('')
}

export class ScriptedServer {
  readonly asked: Asked[] = []
  readonly rests: number[] = []
  readonly #stream: string
  readonly #script: Script
  #ms = 0
  #connections = 0
  #again = 0
  #receipts = 0

  constructor(stream: string, script: Script = {}) {
    this.#stream = stream
    this.#script = script
  }

  readonly around: Surroundings = {
    now: () => this.#ms,
    epoch: () => 1_800_000_000_000 + this.#ms,
    rest: (ms) => {
      this.rests.push(ms)
      this.#ms += ms
      return Promise.resolve()
    },
    fetch: (address, init) => Promise.resolve().then(() => this.#answer(address, init)),
  }

  /** What a person does when something happens. */
  told(type: Happened['type'], answer: Answer): void {
    if (type === this.#script.stopAt) answer.stop()
    if (type === this.#script.leaveAt) answer.leave()
  }

  #answer(address: string, { method = 'GET', headers = {}, signal }: RequestInit): Response {
    if (signal?.aborted === true) throw new DOMException('gone', 'AbortError')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the client sends is a plain object
    this.asked.push({ method, address, headers: headers as Record<string, string> })
    const { away = 0, refusal, body, whole, again = [], receipts = [] } = this.#script
    if (this.asked.length <= away) throw new TypeError('fetch failed')
    if (address.startsWith('/web/v1/requests/')) return this.#receipt(receipts[this.#receipts++] ?? 404)
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (method === 'GET') {
      const status = again[this.#again]
      this.#again += 1
      if (status !== undefined) return this.#refused(status)
      const after = Number(new URLSearchParams(address.split('?')[1]).get('after'))
      return this.#streamed(behind(this.#stream, after))
    }
    if (refusal !== undefined) {
      const { status, retryAfter } = refusal
      return new Response(refusal.body, {
        status,
        headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
      })
    }
    if (body !== undefined) return new Response(body, { headers: { 'x-request-id': 'q-1' } })
    if (whole !== undefined) return this.#whole(whole)
    return this.#streamed(this.#stream)
  }

  #receipt(status: number): Response {
    const receipt = {
      request: 'q-1',
      cost: '0.004829',
      currency: 'USD',
      hit: 1,
      miss: 2,
      output: 3,
      engine: 'e',
      held: '1',
    }
    return new Response(JSON.stringify(status === 200 ? { receipt } : {}), { status })
  }

  #refused(status: number): Response {
    if (status === 204) return new Response(null, { status })
    const [type, message] = STREAM_ERRORS[status] ?? ['server_error', '']
    return new Response(JSON.stringify({ error: { type, message } }), { status })
  }

  #whole(receipt: object): Response {
    const message = { role: 'assistant', content: 'whole', reasoning_content: 'why' }
    const reply = {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: USAGE,
    }
    return new Response(JSON.stringify(reply), {
      headers: { 'x-request-id': 'q-1', 'x-moonbase-receipt': JSON.stringify(receipt) },
    })
  }

  #streamed(text: string): Response {
    const { cuts = [], size = 1 << 20, isKept = true } = this.#script
    const bytes = new TextEncoder().encode(text)
    const cut = cuts[this.#connections]
    this.#connections += 1
    const end = Math.min(cut ?? bytes.length, bytes.length)
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        this.#ms += 10
        if (at < end) {
          controller.enqueue(bytes.slice(at, Math.min(end, at + size)))
          at += size
        } else if (cut === undefined) controller.close()
        else controller.error(new TypeError('network error'))
      },
    })
    const headers = {
      'x-request-id': 'q-1',
      'x-moonbase-served-by': 'kimi-k2.5; engine=stand-in',
      'x-moonbase-lenient': 'drop-fixed-sampling;fields="temperature top_p"',
      ...(isKept && { 'x-moonbase-stream-id': 'stream-1' }),
    }
    return new Response(body, { headers })
  }
}

/** The events behind a number, with the comments that stand before them. */
function behind(stream: string, after: number): string {
  const blocks = stream
    .split('\n\n')
    .map((block) => `${block}\n\n`)
    .slice(0, -1)
  const last = blocks.findIndex((block) => block.startsWith(`id: ${after}\n`))
  return blocks.slice(last + 1).join('')
}
