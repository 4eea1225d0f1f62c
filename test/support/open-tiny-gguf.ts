/** The llama.cpp engine over a tiny model in a folder of its own, for tests. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Clock, GenerationRequest } from '@moonbase/core/generation'
import { type GgufEngine, type GgufOptions, openGguf } from '../../packages/server/src/gguf/index.ts'
import { type TinyGgufOptions, writeTinyGguf } from './tiny-gguf.ts'

export interface TinyGguf {
  readonly engine: GgufEngine
  readonly close: () => Promise<void>
}

/** One thread: the tiny model is faster without others to wait for, and the same answers come on every machine. */
export async function openTinyGguf(options: Partial<GgufOptions> = {}, model: TinyGgufOptions = {}): Promise<TinyGguf> {
  const folder = await mkdtemp(path.join(tmpdir(), 'moonbase-gguf-'))
  const file = path.join(folder, 'tiny.gguf')
  writeTinyGguf(file, model)
  const engine = await openGguf({
    name: 'local',
    path: file,
    clock: STILL_CLOCK,
    gpu: 'off',
    threads: 1,
    context: 4096,
    sequences: 2,
    seed: 7,
    ...options,
  })
  return {
    engine,
    async close() {
      await engine.close()
      await rm(folder, { recursive: true })
    },
  }
}

const STILL_CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }

export function tinyRequest(overrides: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content: 'How is the weather on the moon today?' }],
    tools: [],
    toolChoice: 'auto',
    thinking: false,
    maxCompletionTokens: 300,
    stop: [],
    responseFormat: { type: 'text' },
    sampling: { temperature: 0.6, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 },
    whole: false,
    extra: {},
    ...overrides,
  }
}
