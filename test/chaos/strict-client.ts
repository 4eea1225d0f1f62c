/**
 * A client that believes nothing: it reads one stream byte for byte and notes whatever a stream must not do. It has its
 * own reader of events, since a reader that is shared with the server would share its mistakes.
 */

import { type Agent, request } from 'node:http'

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number }
}

export class StreamSeen {
  status = 0
  reasoning = ''
  text = ''
  readonly calls: { id: string; name: string; arguments: string }[] = []
  finish: string | undefined
  /** One for each time that the stream gave one. */
  readonly usages: Usage[] = []
  /** `[DONE]` came. */
  done = false
  /** Of the refusal, or of the error in the stream. */
  error: string | undefined
  /** How the connection ended. */
  end: 'proper' | 'broken' | 'patience' | 'left' = 'broken'
  /** Comments that tell of a seam. */
  seams = 0
  /** Chunks of the answer. */
  chunks = 0
  /** What no stream may do. */
  readonly oddities: string[] = []
}

export interface AskParts {
  readonly url: string
  readonly key: string
  readonly agent: Agent
  /** After so many milliseconds it is said to hang. */
  readonly patienceMs: number
  /** Called for each chunk. The client leaves when it says so. */
  readonly onChunk?: (seen: StreamSeen) => boolean
}

/** Never rejects for what the server does. */
export function askStrictly(body: object, parts: AskParts): Promise<StreamSeen> {
  const { url, key, agent, patienceMs, onChunk } = parts
  const reader = new StreamReader()
  const { seen } = reader
  const text = JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } })
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  }
  return new Promise((resolve) => {
    const asked = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, (reply) => {
      seen.status = reply.statusCode ?? 0
      let refusal = ''
      reply.setEncoding('utf8')
      reply.on('data', (piece: string) => {
        if (seen.status !== 200) refusal += piece
        else if (reader.push(piece, onChunk)) settle('left')
      })
      reply.on('end', () => {
        if (seen.status === 200) reader.finish()
        else seen.error = messageOf(refusal)
        settle('proper')
      })
      // Behind a proper end, nobody listens any more.
      reply.on('close', () => settle('broken'))
    })
    const patience = setTimeout(() => settle('patience'), patienceMs)
    let settled = false
    /** How it ended is what the judge asks about; what had come stands. */
    const settle = (end: StreamSeen['end']): void => {
      if (settled) return
      settled = true
      clearTimeout(patience)
      seen.end = end
      if (end !== 'proper') asked.destroy()
      resolve(seen)
    }
    asked.on('error', () => settle('broken'))
    asked.end(text)
  })
}

function messageOf(refusal: string): string | undefined {
  const { error } = JSON.parse(refusal) as { error?: { message?: string } }
  return error?.message
}

interface Chunk {
  readonly id?: string
  readonly error?: { readonly message?: string }
  readonly usage?: Usage | null
  readonly choices?: readonly {
    readonly index: number
    readonly delta: {
      readonly role?: string
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: readonly {
        readonly index: number
        readonly id?: string
        readonly function: { readonly name?: string; readonly arguments?: string }
      }[]
    }
    readonly finish_reason: string | null
  }[]
}

class StreamReader {
  readonly seen = new StreamSeen()
  #held = ''
  #id: string | undefined

  /** True when the client wants to leave. */
  push(text: string, onChunk: AskParts['onChunk']): boolean {
    const events = (this.#held + text).split('\n\n')
    this.#held = events.pop() ?? ''
    let leaves = false
    for (const event of events) {
      this.#take(event)
      if (onChunk?.(this.seen) === true) leaves = true
    }
    return leaves
  }

  finish(): void {
    if (this.#held !== '') this.#note(`ends in the middle of an event: ${this.#held.slice(0, 80)}`)
  }

  #note(oddity: string): void {
    if (this.seen.oddities.length < 8) this.seen.oddities.push(oddity)
  }

  #take(event: string): void {
    const { seen } = this
    if (event.startsWith(':') && !event.includes('\n')) {
      if (event.startsWith(': seam ')) seen.seams += 1
      return
    }
    if (!event.startsWith('data: ') || event.includes('\n')) {
      this.#note(`no event: ${event.slice(0, 80)}`)
      return
    }
    if (seen.done || seen.error !== undefined) this.#note('something follows the end')
    const data = event.slice('data: '.length)
    if (data === '[DONE]') seen.done = true
    else this.#chunk(JSON.parse(data) as Chunk)
  }

  #chunk({ id, error, usage, choices = [] }: Chunk): void {
    const { seen } = this
    seen.chunks += 1
    if (error !== undefined) {
      seen.error = error.message ?? ''
      return
    }
    this.#id ??= id
    if (id !== this.#id) this.#note(`the id changes to ${id}`)
    if (usage !== undefined && usage !== null) seen.usages.push(usage)
    if (choices.length > 1) this.#note('several choices in one chunk')
    const [choice] = choices
    if (choice === undefined) return
    const { delta } = choice
    if (seen.finish !== undefined) this.#note('a choice goes on behind its finish')
    if (choice.index !== 0) this.#note(`choice ${choice.index}`)
    if (seen.chunks > 1 && delta.role !== undefined) this.#note('a role in the middle')
    this.#delta(delta)
    if (choice.finish_reason !== null) seen.finish = choice.finish_reason
  }

  #delta({
    reasoning_content: reasoning = '',
    content = '',
    tool_calls: pieces = [],
  }: NonNullable<Chunk['choices']>[number]['delta']): void {
    const { seen } = this
    if (reasoning !== '' && (seen.text !== '' || seen.calls.length > 0)) this.#note('a thought behind the answer')
    if (content !== '' && seen.calls.length > 0) this.#note('text behind a call')
    seen.reasoning += reasoning
    seen.text += content
    for (const { index, id, function: piece } of pieces) {
      const known = seen.calls[index]
      if (known !== undefined) {
        if (index !== seen.calls.length - 1) this.#note(`call ${index} goes on behind another`)
        if (id !== undefined || piece.name !== undefined) this.#note(`call ${index} is begun twice`)
        known.arguments += piece.arguments ?? ''
      } else if (index === seen.calls.length && id !== undefined && piece.name !== undefined) {
        seen.calls.push({ id, name: piece.name, arguments: piece.arguments ?? '' })
      } else this.#note(`call ${index} has no beginning`)
    }
  }
}
