/** The engine over an opened model: requests wait for a sequence, are generated in it, and come out as events. */

import { randomInt } from 'node:crypto'
import {
  type Clock,
  type Engine,
  EngineError,
  type GenerationEvent,
  type GenerationRequest,
  type TokenCounter,
  enforceStop,
} from '@moonbase/core/generation'
import { wordsOf } from '@moonbase/protocol'
import type { LlamaContextSequence } from 'node-llama-cpp'
import { GrammarError } from './grammar/index.ts'
import { Interruption } from './interruption.ts'
import type { LoadedModel } from './load-model.ts'
import { type Slot, SlotPool, reusePrefix } from './slot-pool.ts'
import { type Script, type ChatFormat, withChoice } from './chat-format.ts'
import type { Move } from './constraints.ts'
import { type OnlyToken, Turn } from './turn.ts'

export interface GgufEngine extends Engine {
  /** Counts as this model reads: its own vocabulary, its own template. */
  readonly counter: TokenCounter
  /** Tokens that a prompt and its answer have together. */
  readonly contextTokens: number
  activity(): GgufActivity
}

interface GgufActivity {
  /** Generations at work. */
  readonly generating: number
  readonly waiting: number
  /** Tokens that llama.cpp has evaluated since the start, prompts and answers: what was cached is not in it. */
  readonly evaluatedTokens: number
}

export interface GgufEngineOptions {
  readonly name: string
  readonly clock: Clock
  /** The model that replies say has answered. */
  readonly model: string
  readonly loaded: LoadedModel
  readonly chatFormat: ChatFormat
  readonly only: OnlyToken
  /** Generations that may wait for a sequence. */
  readonly queue: number
  /** Makes answers repeatable. Without it each answer has a seed of its own. */
  readonly seed?: number
}

/** What a request has come to so far. */
interface Tally {
  prompt: number
  cached: number
  completion: number
  reasoning: number
}

/** Seeds of llama.cpp are 32 bits wide, and the last is its word for "any". */
const SEEDS = 2 ** 32 - 1

export function ggufEngine(options: GgufEngineOptions): GgufEngine {
  const { name, clock, loaded, chatFormat, queue } = options
  const { context, sequences } = loaded
  const pool = new SlotPool({ engine: name, sequences, queue, clock })
  /** Of requests that wait or are generated. */
  const interruptions = new Set<Interruption>()
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    for (const interruption of interruptions) {
      interruption.interrupt(new EngineError('unavailable', 'was closed', { engine: name }))
    }
    await pool.close()
    await loaded.dispose()
  }

  return {
    name,
    can: chatFormat.can,
    usage: 'exact',
    counter: chatFormat.counter,
    contextTokens: context.contextSize - 1,
    generate: (request, signal) => generate(request, signal, { ...options, pool, interruptions }),
    health: () =>
      Promise.resolve(closing === undefined ? { ok: true } : { ok: false, reason: 'the model was let go of' }),
    activity: () => ({
      generating: pool.busy,
      waiting: pool.waiting,
      evaluatedTokens: sequences.reduce(
        (sum, { tokenMeter }) => sum + tokenMeter.usedInputTokens + tokenMeter.usedOutputTokens,
        0,
      ),
    }),
    close: () => (closing ??= close()),
  }
}

interface Running extends GgufEngineOptions {
  readonly pool: SlotPool<LlamaContextSequence>
  readonly interruptions: Set<Interruption>
}

async function* generate(
  request: GenerationRequest,
  signal: AbortSignal,
  running: Running,
): AsyncGenerator<GenerationEvent, void, void> {
  const tally: Tally = { prompt: 0, cached: 0, completion: 0, reasoning: 0 }
  const interruption = new Interruption(running.name, signal)
  running.interruptions.add(interruption)
  try {
    interruption.check()
    const choices = await openChoices(request, interruption, tally, running)
    // A generation that a stop string ends is over at once; what it came to is known here all the same.
    yield* enforceStop(choices, request.stop, request.sampling.n)
    yield { type: 'usage', usage: { ...tally } }
  } finally {
    interruption.dispose()
    running.interruptions.delete(interruption)
  }
}

async function openChoices(
  request: GenerationRequest,
  interruption: Interruption,
  tally: Tally,
  running: Running,
): Promise<AsyncIterable<GenerationEvent>> {
  const { name: engine, loaded } = running
  const limit = loaded.context.contextSize - 1
  // A prompt that fills the context leaves no room for an answer.
  const script = await prepare(request, limit - 1, running)
  if (script === undefined) throw tooLong(engine, limit)
  tally.prompt = script.prompt.length
  const budget = Math.min(request.maxCompletionTokens, limit - script.prompt.length)
  const input = { request, script, budget, interruption, tally, running }
  return request.sampling.n === 1 ? generateChoice({ ...input, choice: 0 }) : generateInTurn(input)
}

async function prepare(
  request: GenerationRequest,
  limit: number,
  { name: engine, chatFormat }: Running,
): Promise<Script | undefined> {
  try {
    return await chatFormat.prepare(request, limit)
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    const publicMessage = wordsOf('invalid_request', { details: error.message })
    throw new EngineError('refused', `has no grammar: ${error.message}`, { engine, cause: error, publicMessage })
  }
}

/** One choice behind the other: the first leaves the prompt in the cache for the rest. */
async function* generateInTurn(input: Omit<ChoiceInput, 'choice'>): AsyncGenerator<GenerationEvent, void, void> {
  for (let choice = 0; choice < input.request.sampling.n; choice += 1) yield* generateChoice({ ...input, choice })
}

interface ChoiceInput {
  readonly request: GenerationRequest
  readonly script: Script
  readonly choice: number
  readonly budget: number
  readonly interruption: Interruption
  readonly tally: Tally
  readonly running: Running
}

async function* generateChoice(input: ChoiceInput): AsyncGenerator<GenerationEvent, void, void> {
  const { script, choice, interruption, tally, running } = input
  const ticket = running.pool.take(script.prompt)
  let slot: Slot | undefined
  let turn: Turn | undefined
  try {
    slot = await interruption.wait(ticket.slot)
    turn = await openTurn(slot, input)
    const reader = script.reader()
    let left = input.budget
    let move = await turn.begin()
    // Nothing was promised before the model has answered; what stands before its first token comes out with that token.
    let sampled: Move | undefined = await turn.next()
    if (choice === 0) yield { type: 'start', engine: running.name, model: running.model }
    for (;;) {
      const ids = move.ids.length > left ? move.ids.slice(0, left) : move.ids
      for (const [place, id] of ids.entries()) {
        tally.completion += 1
        if (place < move.thought) tally.reasoning += 1
        for (const event of reader.push(id)) yield withChoice(event, choice)
      }
      left -= ids.length
      const cut = ids.length < move.ids.length || (left === 0 && move.end === undefined)
      if (cut || move.end !== undefined) {
        for (const event of reader.end(cut)) yield withChoice(event, choice)
        yield { type: 'finish', choice, reason: cut ? 'length' : (move.end ?? 'stop') }
        return
      }
      move = sampled ?? (await turn.next())
      sampled = undefined
    }
  } catch (error) {
    if (error instanceof EngineError) throw error
    if (slot !== undefined) slot.broken = true
    const kind = tally.completion > 0 ? 'cut' : 'unavailable'
    throw new EngineError(kind, `failed: ${error instanceof Error ? error.message : String(error)}`, {
      engine: running.name,
      cause: error,
    })
  } finally {
    if (slot === undefined) ticket.withdraw()
    else {
      const free = letGo(turn, interruption).finally(() => ticket.withdraw())
      // A client that left waits for nobody; the sequence is free when llama.cpp has finished its batch.
      if (!interruption.happened) await free
    }
  }
}

async function openTurn(slot: Slot, input: ChoiceInput): Promise<Turn> {
  const { request, script, choice, interruption, tally, running } = input
  const { temperature, topP } = request.sampling
  const fixed = script.prompt.length - script.written
  const reused = await interruption.wait(reusePrefix(slot, script.prompt.slice(0, fixed)))
  if (choice === 0) tally.cached = reused
  return new Turn({
    engine: running.name,
    sequence: slot.sequence,
    fresh: script.prompt.slice(reused, fixed),
    written: script.prompt.slice(fixed),
    constraints: script.constraints(),
    only: running.only,
    sampling: { temperature, topP, seed: ((running.seed ?? randomInt(SEEDS)) + choice) % SEEDS },
    interruption,
  })
}

async function letGo(turn: Turn | undefined, interruption: Interruption): Promise<void> {
  if (turn === undefined) await interruption.settled()
  else await turn.end()
}

/** Nobody counts how much too long; it is by a token at least, and agents that compact look for a figure. */
function tooLong(engine: string, limit: number): EngineError {
  return new EngineError('refused', `has a context of ${limit} tokens, and the prompt has more`, {
    engine,
    publicMessage: wordsOf('window_exceeded', { limit, requested: limit + 1 }),
  })
}
