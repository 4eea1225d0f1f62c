/**
 * What the llama.cpp engine adds to llama.cpp, and what its prefix reuse saves, on a tiny model that it makes itself.
 *
 *     node bench/gguf/main.ts [rounds]
 *
 * - Tokens per second of the engine (rendering, steering, masks, parsing, events) against a bare loop over
 *   `sequence.evaluate` that does nothing with its tokens. Both run in turn in every round; the figures are medians. A
 *   token of the tiny model takes a fraction of a millisecond, so the ratio is the worst there is: a real model makes the
 *   engine's share vanish. Goal: at least 0.95.
 * - Time to the first event of a second turn, with the first turn in the cache and without.
 */

import { join } from 'node:path'
import type { GenerationRequest } from '@moonbase/core/generation'
import { type Token, getLlama } from 'node-llama-cpp'
import { openGguf } from '../../packages/server/src/gguf/index.ts'
import { tinyRequest } from '../../test/support/open-tiny-gguf.ts'
import { writeTinyGguf } from '../../test/support/tiny-gguf.ts'
import { scratchFolder } from '../scratch.ts'

const TOKENS = 400
const CONTEXT = 8192
const TURN_WORDS = 1200
const CLOCK = { now: () => Date.now(), sleep: () => Promise.resolve() }

const rounds = Number(process.argv[2] ?? 15)
const file = join(scratchFolder('gguf'), 'tiny.gguf')
writeTinyGguf(file, { endless: true, contextLength: CONTEXT })
const options = { path: file, clock: CLOCK, gpu: 'off', threads: 1, context: CONTEXT, seed: 7 } as const
const engine = await openGguf({ ...options, name: 'bench', sequences: 1 })
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, maxThreads: 1 })
const model = await llama.loadModel({ modelPath: file })
const context = await model.createContext({ sequences: 1, contextSize: CONTEXT, threads: 1 })
const sequence = context.getSequence()

await compareSpeed()
await compareFirstEvent()
await engine.close()
await llama.dispose()

async function compareSpeed(): Promise<void> {
  const request = tinyRequest({ maxCompletionTokens: TOKENS, sampling: { ...tinyRequest().sampling, temperature: 1 } })
  const prompt = model.tokenize('Tell me about the weather on the moon, and do not stop.', false)
  const bare: number[] = []
  const own: number[] = []
  for (let round = -2; round < rounds; round += 1) {
    const bareRate = await bareLoop(prompt)
    const ownRate = await throughEngine(request)
    // The first rounds warm up both.
    if (round < 0) continue
    bare.push(bareRate)
    own.push(ownRate)
  }
  const ratio = median(own.map((rate, round) => rate / (bare[round] ?? rate)))
  console.log(`tokens per second, median of ${rounds} rounds of ${TOKENS} tokens`)
  console.log(`  bare loop  ${median(bare).toFixed(0)}`)
  console.log(`  engine     ${median(own).toFixed(0)}`)
  console.log(`  ratio      ${ratio.toFixed(3)} (goal: at least 0.95)`)
}

async function bareLoop(prompt: readonly Token[]): Promise<number> {
  await sequence.clearHistory()
  let count = 0
  let start = 0
  for await (const _ of sequence.evaluate([...prompt], { temperature: 1, topP: 0.95, topK: 0, seed: 7 })) {
    if (count === 0) start = performance.now()
    count += 1
    if (count === TOKENS) break
  }
  return ((count - 1) * 1000) / (performance.now() - start)
}

async function throughEngine(request: GenerationRequest): Promise<number> {
  let start = 0
  let end = 0
  let completion = 0
  for await (const event of engine.generate(request, new AbortController().signal)) {
    if (event.type === 'start') start = performance.now()
    if (event.type === 'finish') end = performance.now()
    if (event.type === 'usage') completion = event.usage.completion
  }
  return ((completion - 1) * 1000) / (end - start)
}

async function compareFirstEvent(): Promise<void> {
  const reused: number[] = []
  const fresh: number[] = []
  let cached = 0
  let prompt = 0
  for (let round = 0; round < rounds; round += 1) {
    const { first, second } = twoTurns(round)
    await firstEvent(first)
    const again = await firstEvent(second)
    reused.push(again.ms)
    ;({ cached, prompt } = again)
    // Another conversation takes the only sequence, so that the same turn finds nothing of its own.
    await firstEvent(tinyRequest({ messages: [{ role: 'user', content: `no ${round}` }], maxCompletionTokens: 1 }))
    fresh.push((await firstEvent(second)).ms)
  }
  console.log(`time to the first event of a second turn, ${prompt} tokens of prompt, ${cached} of them cached`)
  console.log(`  with reuse     ${median(reused).toFixed(1)} ms`)
  console.log(`  without        ${median(fresh).toFixed(1)} ms`)
}

function twoTurns(round: number): { first: GenerationRequest; second: GenerationRequest } {
  const asked = { role: 'user', content: `${round}: ${'the weather of the base '.repeat(TURN_WORDS / 5)}` } as const
  const first = tinyRequest({ messages: [asked], maxCompletionTokens: 8 })
  const answered = { role: 'assistant', content: 'It is cold.', toolCalls: [], partial: false } as const
  const second = { ...first, messages: [asked, answered, { role: 'user', content: 'And tomorrow?' } as const] }
  return { first, second }
}

async function firstEvent(request: GenerationRequest): Promise<{ ms: number; cached: number; prompt: number }> {
  const start = performance.now()
  let ms = 0
  let usage = { cached: 0, prompt: 0 }
  for await (const event of engine.generate(request, new AbortController().signal)) {
    if (event.type === 'start') ms = performance.now() - start
    if (event.type === 'usage') ({ usage } = event)
  }
  return { ms, ...usage }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
