/** Engines for tests of routing: each asking plays the next script, and is remembered. */

import {
  type Clock,
  type Engine,
  type GenerationEvent,
  type GenerationRequest,
  Meter,
  PromptCount,
  type TokenCounter,
  wordsToTell,
} from '@moonbase/core/generation'
import {
  DEFAULT_POLICY,
  RoutingTrace,
  Replica,
  RetryBudget,
  type ModelRoute,
  type RoutingPolicy,
  Watchdog,
  generate,
  leastLoad,
  resume,
} from '@moonbase/core/routing'
import { promptTokensAtMost, utf8BytesAtMost } from '@moonbase/format'
import { findModel } from '@moonbase/protocol'
import { setImmediate } from 'node:timers/promises'

/** What one asking gives: events, then an error, or silence until the signal fires, or for ever. */
export interface Script {
  readonly events?: readonly GenerationEvent[]
  readonly failure?: Error
  readonly silent?: boolean
  /** It does not listen to its signal. */
  readonly deaf?: boolean
  /** Called before the events of this asking. */
  readonly wait?: (signal: AbortSignal) => Promise<void>
}

export interface ScriptedEngine extends Engine {
  readonly asked: GenerationRequest[]
  /** Askings whose signal fired before they ended. */
  stopped: number
  /** Askings that were let go in the middle by `return()`. */
  returned: number
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

/** The last script is played again and again. A function makes one for each request. */
export function scriptedEngine(
  name: string,
  scripts: readonly Script[] | ((request: GenerationRequest) => Script),
  can: Partial<Engine['can']> = {},
): ScriptedEngine {
  const asked: GenerationRequest[] = []
  const engine: ScriptedEngine = {
    name,
    can: { ...ABLE, ...can },
    usage: 'exact',
    mayRepeat: true,
    asked,
    stopped: 0,
    returned: 0,
    async *generate(request, signal) {
      const script =
        typeof scripts === 'function' ? scripts(request) : (scripts[Math.min(asked.length, scripts.length - 1)] ?? {})
      asked.push(request)
      let inEvents = true
      try {
        await script.wait?.(signal)
        for (const event of script.events ?? []) {
          if (signal.aborted && script.deaf !== true) throw signal.reason
          yield event
        }
        inEvents = false
      } finally {
        if (inEvents) engine.returned += 1
      }
      if (script.failure !== undefined) throw script.failure
      if (script.silent === true) await silence(engine, signal, script.deaf === true)
    },
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  }
  return engine
}

async function silence(engine: ScriptedEngine, signal: AbortSignal, deaf: boolean): Promise<void> {
  await new Promise<void>((_resolve, reject) => {
    const stop = (): void => {
      engine.stopped += 1
      if (!deaf) reject(new Error('stopped'))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Counts a token for each character, so that sums can be read off. */
export const characterCounter: TokenCounter = {
  exact: true,
  countText: (text) => text.length,
  countTextAside: (text) => text.length,
  bounded: (prompt, terms) =>
    new PromptCount(characterCounter, prompt, terms, Math.max(promptTokensAtMost(prompt, utf8BytesAtMost), 100)),
  countPrompt: () => 100,
  countPromptAside: () => Promise.resolve(100),
}

export interface SleepingClock extends Clock {
  readonly slept: number[]
  pass(ms: number): void
}

/** Time that passes only when somebody sleeps, and then within a turn of the event loop. */
export function sleepingClock(): SleepingClock {
  let time = 1_000_000
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    pass(ms) {
      time += ms
    },
    async sleep(ms, signal) {
      if (signal.aborted) throw signal.reason
      slept.push(ms)
      const until = time + ms
      await setImmediate()
      if (signal.aborted) throw signal.reason
      time = Math.max(time, until)
    },
  }
}

export interface Routed {
  readonly events: ReturnType<typeof generate>
  readonly meter: Meter
  readonly trace: RoutingTrace
  readonly route: ModelRoute
  readonly clock: SleepingClock
  readonly watchdog: Watchdog
}

export interface RoutedOptions {
  readonly policy?: Partial<RoutingPolicy>
  readonly signal?: AbortSignal
  readonly route?: ModelRoute
  readonly clock?: SleepingClock
  readonly random?: () => number
  readonly hooks?: Parameters<typeof generate>[6]
}

/** One target for each engine. */
export function routeTo(engines: readonly Engine[], given: Partial<RoutingPolicy> = {}): ModelRoute {
  const policy = { ...DEFAULT_POLICY, ...given }
  const model = findModel('kimi-k2.5')
  if (model === undefined) throw new Error('the catalogue lacks its own model')
  return {
    model,
    policy,
    budget: new RetryBudget(policy.budget),
    targets: engines.map((engine) => ({
      name: engine.name,
      can: engine.can,
      replicas: [new Replica(engine, 1, policy.breaker)],
      balance: leastLoad(() => 0.5),
    })),
  }
}

export function routed(
  engines: readonly Engine[],
  request: GenerationRequest,
  { policy, random = () => 0.5, ...options }: RoutedOptions = {},
): Routed {
  const clock = options.clock ?? sleepingClock()
  const route = options.route ?? routeTo(engines, policy)
  const meter = new Meter(characterCounter, { known: 100, owner: undefined, certainly: () => 100 })
  const trace = new RoutingTrace()
  const watchdog = new Watchdog(clock)
  const signal = options.signal ?? new AbortController().signal
  const parts = { clock, watchdog, random, wordsToTell, resume }
  const events = generate(route, request, meter, trace, signal, parts, options.hooks)
  return { events, meter, trace, route, clock, watchdog }
}
