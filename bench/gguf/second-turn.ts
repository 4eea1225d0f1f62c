/**
 * Time to the first token of a conversation's second turn, with its first turn in the cache and without.
 *
 * The same request both times. In between another conversation takes the only sequence, so that nothing is left of it. What
 * the engine says was cached has to be the whole first prompt, or nothing: this is checked.
 */

import assert from 'node:assert/strict'
import type { GenerationRequest } from '@moonbase/core/generation'
import type { GgufEngine } from '../../packages/server/src/gguf/index.ts'
import { tinyRequest } from '../../test/support/open-tiny-gguf.ts'
import type { Pair } from '../paired.ts'

const WORDS = 'the weather of the base '
const REPETITIONS = 240
const WARM_UP = 2

export interface SecondTurn {
  /** Tokens of its prompt. */
  readonly prompt: number
  readonly cached: number
  /** Milliseconds; `theirs` is without the cache. */
  readonly pairs: readonly Pair[]
}

export async function compareSecondTurn(rounds: number, engine: GgufEngine): Promise<SecondTurn> {
  const pairs: Pair[] = []
  let prompt = 0
  let cached = 0
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const { first, second, other } = conversations(round)
    const before = await firstToken(first, engine)
    const reused = await firstToken(second, engine)
    await firstToken(other, engine)
    const fresh = await firstToken(second, engine)
    assert.ok(reused.cached > 0.9 * before.prompt, `${reused.cached} of ${before.prompt} tokens were kept`)
    assert.ok(fresh.cached < 20, `${fresh.cached} tokens were kept of another conversation`)
    if (round < 0) continue
    pairs.push({ ours: reused.ms, theirs: fresh.ms })
    ;({ prompt, cached } = reused)
  }
  return { prompt, cached, pairs }
}

function conversations(round: number): Readonly<Record<'first' | 'second' | 'other', GenerationRequest>> {
  const asked = { role: 'user', content: `${round}: ${WORDS.repeat(REPETITIONS)}` } as const
  const answered = { role: 'assistant', content: 'It is cold.', toolCalls: [], partial: false } as const
  const first = tinyRequest({ messages: [asked], maxCompletionTokens: 8 })
  const second = { ...first, messages: [asked, answered, { role: 'user', content: 'And tomorrow?' } as const] }
  const other = tinyRequest({ messages: [{ role: 'user', content: `no ${round}` }], maxCompletionTokens: 1 })
  return { first, second, other }
}

async function firstToken(
  request: GenerationRequest,
  engine: GgufEngine,
): Promise<{ readonly ms: number; readonly cached: number; readonly prompt: number }> {
  const start = performance.now()
  let ms = 0
  let usage = { cached: 0, prompt: 0 }
  for await (const event of engine.generate(request, new AbortController().signal)) {
    // It comes with the first token, not before.
    if (event.type === 'start') ms = performance.now() - start
    if (event.type === 'usage') ({ usage } = event)
  }
  return { ms, ...usage }
}
