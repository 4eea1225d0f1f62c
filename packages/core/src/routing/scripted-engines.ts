/** Engines for tests of routing: each asking plays the next script, and is remembered. */

import type { Clock, Engine, GenerationEvent, GenerationRequest, TokenCounter } from '../generation/index.ts'
import { Meter } from '../generation/index.ts'
import { generate } from './generate.ts'
import { Journey } from './journey.ts'
import { leastLoad } from './least-load.ts'
import type { Route } from './model-table.ts'
import { DEFAULT_POLICY, type RoutingPolicy } from './policy.ts'
import { Replica } from './replica.ts'
import { RetryBudget } from './retry-budget.ts'
import { Watchdog } from './watchdog.ts'
import { findModel } from '@moonbase/protocol'

/** What one asking gives: events, then an error, then silence until the signal fires. */
export interface Script {
  readonly events?: readonly GenerationEvent[]
  readonly failure?: Error
  readonly silent?: boolean
}

export interface ScriptedEngine extends Engine {
  readonly asked: GenerationRequest[]
  /** Askings whose signal fired before they ended. */
  stopped: number
}

export const ABLE = {
  images: true,
  video: true,
  partial: true,
  resumes: { reasoning: true, toolCalls: true },
  jsonObject: true,
  jsonSchema: true,
  tools: true,
  forcedTool: true,
}

/** The last script is played again and again. */
export function scriptedEngine(
  name: string,
  scripts: readonly Script[],
  can: Partial<Engine['can']> = {},
): ScriptedEngine {
  const asked: GenerationRequest[] = []
  const engine: ScriptedEngine = {
    name,
    can: { ...ABLE, ...can },
    usage: 'exact',
    asked,
    stopped: 0,
    async *generate(request, signal) {
      const script = scripts[Math.min(asked.length, scripts.length - 1)] ?? {}
      asked.push(request)
      yield* script.events ?? []
      if (script.failure !== undefined) throw script.failure
      if (script.silent !== true) return
      await new Promise<void>((_resolve, reject) => {
        const stop = (): void => {
          engine.stopped += 1
          reject(new Error('stopped'))
        }
        if (signal.aborted) stop()
        else signal.addEventListener('abort', stop, { once: true })
      })
    },
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  }
  return engine
}

/** Counts a token for each character, so that sums can be read off. */
export const characterCounter: TokenCounter = {
  exact: true,
  countText: (text) => text.length,
  countPrompt: () => 100,
  countPromptAside: () => Promise.resolve(100),
}

/** Time that passes only when somebody sleeps, and then at once. */
export function sleepingClock(): Clock & { readonly slept: number[] } {
  let time = 1_000_000
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    async sleep(ms, signal) {
      if (signal.aborted) throw signal.reason
      slept.push(ms)
      time += ms
      await new Promise<void>((resolve) => queueMicrotask(resolve))
    },
  }
}

export interface Routed {
  readonly events: AsyncGenerator<GenerationEvent, void, void>
  readonly meter: Meter
  readonly journey: Journey
  readonly route: Route
  readonly clock: ReturnType<typeof sleepingClock>
  readonly watchdog: Watchdog
}

/** One target for each engine. */
export function routed(
  engines: readonly Engine[],
  request: GenerationRequest,
  options: {
    policy?: Partial<RoutingPolicy>
    signal?: AbortSignal
    route?: Route
    clock?: ReturnType<typeof sleepingClock>
  } = {},
): Routed {
  const policy = { ...DEFAULT_POLICY, ...options.policy }
  const clock = options.clock ?? sleepingClock()
  const model = findModel('kimi-k2.5')
  if (model === undefined) throw new Error('the catalogue lacks its own model')
  const random = (): number => 0.5
  const route = options.route ?? {
    model,
    policy,
    budget: new RetryBudget(policy.budget),
    targets: engines.map((engine) => ({
      name: engine.name,
      can: engine.can,
      replicas: [new Replica(engine, 1, policy.breaker)],
      balance: leastLoad(random),
    })),
  }
  const meter = new Meter(characterCounter, () => 100)
  const journey = new Journey()
  const watchdog = new Watchdog(clock)
  const signal = options.signal ?? new AbortController().signal
  const events = generate(route, request, meter, journey, signal, { clock, watchdog, random })
  return { events, meter, journey, route, clock, watchdog }
}
