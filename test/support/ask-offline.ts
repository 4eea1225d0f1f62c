/** For tests of the offline engine: an engine at hand, requests in one line, and clocks that nobody waits for. */

import { type JoinedChoice, collectEvents, onlyChoice } from './collect-events.ts'
import {
  type AssistantMessage,
  type Clock,
  type Engine,
  type GenerationEvent,
  type GenerationRequest,
  type Message,
  type Tool,
} from '@moonbase/core/generation'
import { type OfflineEngineOptions, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import { tinyCounter } from './tiny-counter.ts'

const COUNTER = tinyCounter()

export function offlineWith(
  options: Partial<Omit<OfflineEngineOptions, 'scenarios'>> & { readonly scenarios?: readonly unknown[] } = {},
): Engine {
  return offlineEngine({
    name: 'offline',
    counter: COUNTER,
    clock: instantClock(),
    ...options,
    scenarios: parseScenarios({ version: 1, scenarios: options.scenarios ?? [] }),
  })
}

/** Time that passes as soon as somebody waits for it; `slept` lists the waits. */
export function instantClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => slept.reduce((sum, ms) => sum + ms, 0),
    sleep: (ms, signal) => {
      slept.push(ms)
      return signal.aborted ? Promise.reject(reasonOf(signal)) : Promise.resolve()
    },
  }
}

/** Time that never passes: a wait ends only by an abort. */
export function manualClock(): Clock {
  return {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        if (signal.aborted) reject(reasonOf(signal))
        else signal.addEventListener('abort', () => reject(reasonOf(signal)), { once: true })
      }),
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted')
}

export function askedFor(content: string, overrides: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    model: 'kimi-k2.5',
    messages: [user(content)],
    tools: [],
    toolChoice: 'auto',
    thinking: false,
    maxCompletionTokens: 32_768,
    stop: [],
    responseFormat: { type: 'text' },
    sampling: { temperature: 0.6, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 },
    whole: false,
    extra: {},
    ...overrides,
  }
}

export function user(content: string): Message {
  return { role: 'user', content }
}

export function assistant(content: string, more: Partial<AssistantMessage> = {}): AssistantMessage {
  return { role: 'assistant', content, toolCalls: [], partial: false, ...more }
}

export function tool(name: string, description: string, parameters: Readonly<Record<string, unknown>>): Tool {
  return { type: 'function', name, description, parameters, strict: true }
}

export const getWeather: Tool = tool('get_weather', 'Get the current weather for a city', {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'The city' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
  },
  required: ['city'],
  additionalProperties: false,
})

export async function eventsFor(
  request: GenerationRequest,
  engine: Engine = offlineWith(),
): Promise<GenerationEvent[]> {
  return collectEvents(engine.generate(request, new AbortController().signal))
}

export async function answerTo(request: GenerationRequest, engine: Engine = offlineWith()): Promise<JoinedChoice> {
  return onlyChoice(await eventsFor(request, engine))
}

export async function textFor(content: string, overrides: Partial<GenerationRequest> = {}): Promise<string> {
  return (await answerTo(askedFor(content, overrides))).text
}

/** The JSON object that a text is, or an error that shows the text. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  if (isObject(value)) return value
  throw new Error(`no object: ${text}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
