/**
 * Tokens per second of the engine (steering, masks, parsing, events) against a bare loop over `sequence.evaluate` that does
 * nothing with its tokens.
 *
 * Same model, same prompt ids, same sampler, same seed, one thread and a context of the same size each: both write the same
 * text, and this is checked. They take turns of a few tokens, so that whatever else the machine does hits both. The
 * clock runs from the first token on; reading the prompt is not in it.
 */

import assert from 'node:assert/strict'
import type { GenerationEvent } from '@moonbase/core/generation'
import { promptText, renderPrompt } from '@moonbase/format'
import type { GgufEngine } from '../../packages/server/src/gguf/index.ts'
import type { LoadedModel } from '../../packages/server/src/gguf/load-model.ts'
import { tinyRequest } from '../../test/support/open-tiny-gguf.ts'
import type { Pair } from '../paired.ts'

/** Of one answer; the first of them is not timed. */
export const TOKENS = 400
/** A turn: some milliseconds. */
const STRIDE = 20
const WARM_UP = 2
export const SEED = 7
const SAMPLING = { temperature: 1, topP: 0.95 }

/** Seconds for each answer. `masked`: the bare loop has the engine's mask of special tokens too. */
export async function compareGeneration(
  rounds: number,
  engine: GgufEngine,
  { library, model, sequences }: LoadedModel,
): Promise<{ readonly plain: Pair[]; readonly masked: Pair[] }> {
  const [sequence] = sequences
  if (sequence === undefined) throw new Error('the bare loop has no sequence')
  const request = tinyRequest({ maxCompletionTokens: TOKENS, sampling: { ...tinyRequest().sampling, ...SAMPLING } })
  const prompt = model.tokenize(promptText(renderPrompt(request)), true)
  const specials = Array.from(model.iterateAllTokens()).filter((token) => model.isSpecialToken(token))
  const mask = library.TokenBias.for(model).set(specials, 'never')
  const plain: Pair[] = []
  const masked: Pair[] = []
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const [pairs, bias] of [[plain, {}] as const, [masked, { tokenBias: mask }] as const]) {
      await sequence.clearHistory()
      const ours = new EngineRun(engine.generate(request, new AbortController().signal))
      const theirs = new BareRun(sequence.evaluate([...prompt], { ...SAMPLING, topK: 0, minP: 0, seed: SEED, ...bias }))
      const pair = await raced(ours, theirs, round % 2 === 0)
      assert.equal(ours.text, model.detokenize(theirs.tokens), 'both write the same text')
      // The first rounds are for the compiler.
      if (round >= 0) pairs.push(pair)
    }
  }
  return { plain, masked }
}

type Token = ReturnType<LoadedModel['model']['tokenize']>[number]

interface Run {
  /** Up to the first token. */
  begin(): Promise<void>
  /** A turn. False when the answer is complete. */
  advance(): Promise<boolean>
  end(): Promise<void>
}

async function raced(ours: Run, theirs: Run, oursBegins: boolean): Promise<Pair> {
  const seconds = new Map<Run, number>()
  const runs = oursBegins ? [ours, theirs] : [theirs, ours]
  for (const run of runs) await run.begin()
  for (const going = new Set(runs); going.size > 0;) {
    for (const run of going) {
      const start = performance.now()
      const goesOn = await run.advance()
      seconds.set(run, (seconds.get(run) ?? 0) + (performance.now() - start) / 1000)
      if (!goesOn) going.delete(run)
    }
  }
  for (const run of runs) await run.end()
  return { ours: seconds.get(ours) ?? 0, theirs: seconds.get(theirs) ?? 0 }
}

class EngineRun implements Run {
  text = ''
  readonly #events: AsyncIterator<GenerationEvent>

  constructor(events: AsyncIterable<GenerationEvent>) {
    this.#events = events[Symbol.asyncIterator]()
  }

  async begin(): Promise<void> {
    const { value } = await this.#events.next()
    assert.equal(value.type, 'start')
  }

  async advance(): Promise<boolean> {
    for (let left = STRIDE; left > 0; left -= 1) {
      const { value } = await this.#events.next()
      if (value.type === 'text') this.text += value.text
      else if (value.type === 'finish') return false
    }
    return true
  }

  async end(): Promise<void> {
    const { value } = await this.#events.next()
    assert.equal(value.type === 'usage' ? value.usage.completion : 0, TOKENS)
    await this.#events.next()
  }
}

class BareRun implements Run {
  readonly tokens: Token[] = []
  readonly #sampled: AsyncGenerator<Token, void>

  constructor(sampled: AsyncGenerator<Token, void>) {
    this.#sampled = sampled
  }

  async begin(): Promise<void> {
    await this.#take()
  }

  async advance(): Promise<boolean> {
    for (let left = STRIDE; left > 0 && this.tokens.length < TOKENS; left -= 1) await this.#take()
    return this.tokens.length < TOKENS
  }

  async end(): Promise<void> {
    await this.#sampled.return()
  }

  async #take(): Promise<void> {
    const { value } = await this.#sampled.next()
    if (value === undefined) throw new Error('the bare loop came to an end')
    this.tokens.push(value)
  }
}
