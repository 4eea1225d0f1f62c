/** What the engine says under crashes: texts, paces and usages that are known, so that each bill can be foretold. */

import { MODELS } from '@moonbase/protocol'

export const MODEL = 'kimi-k2.5'

const prices = MODELS.find(({ id }) => id === MODEL)?.prices
if (prices === undefined || prices === null) throw new Error(`${MODEL} has no price`)
const { hit, miss, output } = prices

export interface Tokens {
  readonly prompt: number
  readonly cached: number
  readonly completion: number
}

/** Nano-dollars. */
export function costOf({ prompt, cached, completion }: Tokens): number {
  return cached * (hit ?? miss) + (prompt - cached) * miss + completion * output
}

export interface Script {
  /** What the user says to get it. */
  readonly name: string
  readonly maxTokens: number
  /** Nano-dollars: of all that it can generate. What was cut is billed by a count of its own, and is never more. */
  readonly most: number
  /** It ends as an answer does. */
  readonly succeeds: boolean
  /** Pieces that a client gets of it. */
  readonly chunks: number
  readonly reply: Readonly<Record<string, unknown>>
}

const CHUNK = 6
/** Of a prompt of one short message, by any count. */
const PROMPT_AT_MOST = 100

interface Words {
  readonly chunks: number
  readonly perChunkMs?: number
  readonly firstMs?: number
  readonly usage?: Readonly<Record<string, number>>
  readonly fault?: Readonly<Record<string, number | string>>
  readonly maxTokens?: number
  readonly reasoning?: string
}

function script(name: string, words: Words): Script {
  const { chunks, perChunkMs = 0, firstMs = 0, usage, fault, maxTokens = 1_000, reasoning } = words
  const text = 'words '.repeat(chunks)
  // A token has a character at least.
  const counted = { prompt: PROMPT_AT_MOST, cached: 0, completion: text.length + (reasoning ?? '').length }
  const told = { prompt: 0, cached: 0, completion: 0, ...usage }
  return {
    name,
    maxTokens,
    most: Math.max(costOf(counted), costOf(told)),
    succeeds: fault === undefined,
    chunks,
    reply: {
      text,
      chunk_size: CHUNK,
      pace: { first_token_ms: firstMs, per_chunk_ms: perChunkMs },
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(usage === undefined ? {} : { usage }),
      ...(fault === undefined ? {} : { fault }),
    },
  }
}

/** The more often one stands here, the more often it is asked for. */
export const SCRIPTS: readonly Script[] = [
  script('at-once', { chunks: 8, usage: { prompt: 30, completion: 60, cached: 10 } }),
  script('counted', { chunks: 12, perChunkMs: 2 }),
  script('thought', {
    chunks: 10,
    perChunkMs: 5,
    reasoning: 'This was thought over before it was said.',
    usage: { prompt: 40, completion: 90, cached: 0, reasoning: 30 },
  }),
  script('paced', { chunks: 24, perChunkMs: 12, firstMs: 20, usage: { prompt: 64, completion: 200, cached: 32 } }),
  script('patient', { chunks: 16, perChunkMs: 3, firstMs: 250 }),
  script('slow', { chunks: 70, perChunkMs: 100, usage: { prompt: 64, completion: 450, cached: 0 } }),
  // More than was asked for, and more than its hold.
  script('dear', { chunks: 6, perChunkMs: 4, maxTokens: 50, usage: { prompt: 5_000, completion: 9_000 } }),
  script('broken', { chunks: 20, perChunkMs: 5, fault: { cut_after_chunks: 9 } }),
  script('failing', { chunks: 1, fault: { status: 503, message: 'The engine is away' } }),
]

/** A scenario file: JSON is YAML too. */
export function scenarioFile(): string {
  const scenarios = SCRIPTS.map(({ name, reply }) => ({ name, match: { last_user: `say ${name}` }, reply }))
  return JSON.stringify({ version: 1, scenarios })
}

export function bodyOf({ name, maxTokens }: Script, stream: boolean): Readonly<Record<string, unknown>> {
  return {
    model: MODEL,
    messages: [{ role: 'user', content: `say ${name}` }],
    max_completion_tokens: maxTokens,
    stream,
  }
}
