/** One request of a client under crashes: whole, streamed, left, or left running; and all that its client saw of it. */

import { type SeenStream, askStream } from '../support/ask-stream.ts'
import { eventsOf } from '../support/call.ts'
import { type Script, type Tokens, bodyOf } from './scripts.ts'

export const WAYS = ['whole', 'stream', 'leave', 'detach'] as const
export type Way = (typeof WAYS)[number]

export interface Asked {
  readonly script: Script
  readonly way: Way
  /** The reply's; unknown when not even its headers came. */
  request: string | undefined
  status: number | undefined
  /** The whole body, or `[DONE]`. */
  complete: boolean
  usage: Tokens | undefined
  /** When something of the answer had come, by `performance.now()`. */
  firstAt: number | undefined
}

export interface Wishes {
  readonly url: string
  readonly key: string
  readonly script: Script
  readonly way: Way
  /** Pieces of a stream after which it is left. */
  readonly leaveAfter: number
  /** Fires when nobody waits any longer. */
  readonly signal: AbortSignal
}

export async function ask(wishes: Wishes): Promise<Asked> {
  const { script, way } = wishes
  const asked: Asked = {
    script,
    way,
    request: undefined,
    status: undefined,
    complete: false,
    usage: undefined,
    firstAt: undefined,
  }
  try {
    await (way === 'whole' ? askWhole(wishes, asked) : askForEvents(wishes, asked))
  } catch {
    // The server is gone, or the client is: what had been seen stands, and is held against the books.
  }
  return asked
}

async function askWhole({ url, key, script, signal }: Wishes, asked: Asked): Promise<void> {
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(bodyOf(script, false)),
    signal,
  })
  saw(asked, reply)
  const body = (await reply.json()) as { usage?: WireUsage }
  if (reply.status !== 200) return
  asked.complete = true
  asked.usage = tokensOf(body.usage)
}

async function askForEvents(wishes: Wishes, asked: Asked): Promise<void> {
  const { url, key, script, way, leaveAfter } = wishes
  const leave = new AbortController()
  const signal = AbortSignal.any([leave.signal, wishes.signal])
  let pieces = 0
  const seen = await askStream({ url, key }, bodyOf(script, true), {
    signal,
    headers: way === 'detach' ? { 'x-moonbase-on-disconnect': 'detach' } : {},
    onChunk(soFar) {
      // The first piece says who speaks, and nothing else.
      if (soFar.text !== '' || soFar.reasoning !== '') asked.firstAt ??= performance.now()
      saw(asked, soFar)
      pieces += 1
      if (way !== 'stream' && pieces >= leaveAfter) leave.abort()
    },
  })
  saw(asked, seen)
  end(asked, seen.done, seen.usage)
  const stream = seen.headers.get('x-moonbase-stream-id')
  if (way === 'detach' && leave.signal.aborted && stream !== null) await comeBack(wishes, stream, asked)
}

async function comeBack({ url, key, signal }: Wishes, stream: string, asked: Asked): Promise<void> {
  const reply = await fetch(`${url}/v1/streams/${stream}`, { headers: { authorization: `Bearer ${key}` }, signal })
  if (reply.status !== 200) return
  // It is numbered, so that its `data:` stands on the second line.
  const events = eventsOf((await reply.text()).replace(/^id: \d+\n/gm, ''))
  const usages = events.map((event) => (event as { usage?: WireUsage | null }).usage ?? undefined)
  end(
    asked,
    events.includes('[DONE]'),
    usages.findLast((usage) => usage !== undefined),
  )
}

function saw(asked: Asked, { status, headers }: Pick<SeenStream, 'status' | 'headers'>): void {
  asked.status = status
  asked.request = headers.get('x-request-id') ?? undefined
}

function end(asked: Asked, done: boolean, usage: WireUsage | undefined): void {
  asked.complete = done
  asked.usage = tokensOf(usage)
}

interface WireUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cached_tokens?: number
}

function tokensOf(usage: WireUsage | undefined): Tokens | undefined {
  if (usage === undefined) return undefined
  return { prompt: usage.prompt_tokens, cached: usage.cached_tokens ?? 0, completion: usage.completion_tokens }
}
