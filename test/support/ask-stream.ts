/** One streamed chat request over HTTP, and everything that its client got of it, byte for byte where it matters. */

import { SseParser } from '@moonbase/protocol'

export interface SeenStream {
  readonly status: number
  readonly headers: Headers
  reasoning: string
  text: string
  readonly calls: { name: string; id: string; arguments: string }[]
  finish: string | null
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | undefined
  /** `[DONE]` came. */
  done: boolean
  /** The body of a refusal, or the error in the stream. */
  error: { message: string; type: string } | undefined
  /** The connection broke. */
  broke: boolean
  /** Comment lines, such as those of seams. */
  readonly comments: string[]
}

export interface AskOptions {
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  readonly onChunk?: (seen: SeenStream) => void
}

export async function askStream(
  server: { readonly url: string; readonly key: string },
  body: Readonly<Record<string, unknown>>,
  { signal, headers = {}, onChunk }: AskOptions = {},
): Promise<SeenStream> {
  const reply = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ stream: true, stream_options: { include_usage: true }, ...body }),
    ...(signal === undefined ? {} : { signal }),
  })
  const seen: SeenStream = {
    status: reply.status,
    headers: reply.headers,
    reasoning: '',
    text: '',
    calls: [],
    finish: null,
    usage: undefined,
    done: false,
    error: undefined,
    broke: false,
    comments: [],
  }
  if (reply.status !== 200) {
    const { error } = (await reply.json()) as { error: SeenStream['error'] }
    seen.error = error
    return seen
  }
  await readStream(reply, seen, onChunk)
  return seen
}

async function readStream(reply: Response, seen: SeenStream, onChunk?: (seen: SeenStream) => void): Promise<void> {
  const decoder = new TextDecoder()
  const parser = new SseParser()
  try {
    for await (const bytes of reply.body ?? []) {
      const text = decoder.decode(bytes, { stream: true })
      for (const line of text.split('\n')) if (line.startsWith(':')) seen.comments.push(line.slice(1).trim())
      for (const event of parser.push(bytes)) take(event.data, seen)
      onChunk?.(seen)
    }
  } catch {
    // What had come stands; that the rest did not is what the caller asks about.
    seen.broke = true
  }
}

interface Chunk {
  readonly error?: SeenStream['error']
  readonly usage?: SeenStream['usage'] | null
  readonly choices?: readonly {
    readonly delta: {
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

function take(data: string, seen: SeenStream): void {
  if (data === '[DONE]') {
    seen.done = true
    return
  }
  const chunk = JSON.parse(data) as Chunk
  if (chunk.error !== undefined) seen.error = chunk.error
  if (chunk.usage !== undefined && chunk.usage !== null) seen.usage = chunk.usage
  const [choice] = chunk.choices ?? []
  if (choice === undefined) return
  seen.reasoning += choice.delta.reasoning_content ?? ''
  seen.text += choice.delta.content ?? ''
  if (choice.finish_reason !== null) seen.finish = choice.finish_reason
  for (const { index, id = '', function: piece } of choice.delta.tool_calls ?? []) {
    const call = (seen.calls[index] ??= { name: piece.name ?? '', id, arguments: '' })
    call.arguments += piece.arguments ?? ''
  }
}
