/** The stage of the scorecard: two hosts of the model, moonbase in front of them, and a judge of what the client got. */

import { askStream, type SeenStream } from '../support/ask-stream.ts'
import { GIVE_UP_MS } from '../support/eventually.ts'
import {
  type ModelAnswer,
  type ModelUpstream,
  type ModelUpstreamOptions,
  openModelUpstream,
} from '../support/model-upstream.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

/**
 * `pass`: the client has the whole answer, or the refusal it should have. `safe`: it has an error, and nothing that is
 * wrong. `fail`: it took something for an answer that was none, got something twice, or waits for ever.
 */
export type Verdict = 'pass' | 'safe' | 'fail'

export interface Outcome {
  readonly verdict: Verdict
  /** What was seen, in a few words. */
  readonly seen: string
}

export interface Scenario {
  readonly id: string
  readonly name: string
  play(): Promise<Outcome>
}

/** Sixty chunks of text behind some thinking, in several scripts, so that a character may be cut. */
export const ANSWER: ModelAnswer = {
  reasoning: 'The user wants a long answer. 让我想一想：首先列出要点, then write. 🧭 '.repeat(3),
  text: Array.from({ length: 60 }, (_, index) => `Part ${index}: naïve 漢字 🌍. `).join(''),
  calls: [],
}

export const CALLING: ModelAnswer = {
  reasoning: 'Two look-ups are needed.',
  text: 'One moment.',
  calls: [
    {
      name: 'get_weather',
      arguments: JSON.stringify({ city: 'Zürich', days: [1, 2, 3], note: '晴れ "quoted" \\ end' }),
    },
    { name: 'get_time', arguments: JSON.stringify({ zone: 'Europe/Zurich' }) },
  ],
}

const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, description: name, parameters: { type: 'object', properties: {} } },
}))

export interface StageOptions {
  readonly primary?: Partial<ModelUpstreamOptions>
  readonly fallback?: Partial<ModelUpstreamOptions>
  readonly answer?: ModelAnswer
  /** Fields of `routing` that differ. */
  readonly routing?: Readonly<Record<string, unknown>>
  /** What the fallback is said to be able to do. */
  readonly can?: string
  readonly flavours?: readonly [primary: string, fallback: string]
}

export interface Stage extends AsyncDisposable {
  readonly server: TestServer
  readonly primary: ModelUpstream
  readonly fallback: ModelUpstream
  readonly answer: ModelAnswer
  ask(options?: Parameters<typeof askStream>[2]): Promise<SeenStream>
}

/** A client that waits longer than this waits for ever, as far as the judge is concerned. */

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { answer = ANSWER, flavours = ['vllm', 'vllm'] } = options
  const common: ModelUpstreamOptions = { answer: () => answer, reasoningField: 'reasoning_content' }
  const primary = await openModelUpstream({ ...common, ...options.primary })
  const fallback = await openModelUpstream({ ...common, ...options.fallback })
  const server = await startServer({
    config: `
engines:
  primary: { type: openai-compatible, flavour: ${flavours[0]}, url: "${primary.url}" }
  fallback: { type: openai-compatible, flavour: ${flavours[1]}, url: "${fallback.url}"${options.can === undefined ? '' : `, can: ${options.can}`} }
models:
  kimi-k2.5: { engines: [primary, fallback] }
routing: ${JSON.stringify({ first_token_ms: 600, silence_ms: 600, health_every_ms: 0, ...options.routing })}
`,
  })
  return {
    server,
    primary,
    fallback,
    answer,
    ask: (asked = {}) =>
      askStream(
        server,
        {
          model: 'kimi-k2.5',
          messages: [{ role: 'user', content: 'Tell me everything.' }],
          ...(answer.calls.length > 0 ? { tools: TOOLS } : {}),
        },
        { signal: AbortSignal.timeout(GIVE_UP_MS), ...asked },
      ),
    async [Symbol.asyncDispose]() {
      await server.close()
      await primary.close()
      await fallback.close()
    },
  }
}

/** Judges a stream whose answer should be whole. */
export function judge(seen: SeenStream, answer: ModelAnswer): Outcome {
  const summary = `${seen.status}, ${seen.text.length} of ${answer.text.length} characters, done: ${seen.done}${
    seen.error === undefined ? '' : `, error: ${seen.error.message}`
  }${seen.comments.length === 0 ? '' : `, seams: ${seen.comments.length}`}`
  if (isWhole(seen, answer)) return { verdict: 'pass', seen: summary }
  const said = seen.error !== undefined && !seen.done
  return { verdict: said && isBeginning(seen, answer) ? 'safe' : 'fail', seen: summary }
}

export function isWhole(seen: SeenStream, answer: ModelAnswer): boolean {
  const { text, reasoning, calls, done, error, finish } = seen
  return (
    done &&
    error === undefined &&
    text === answer.text &&
    reasoning === answer.reasoning &&
    finish === (answer.calls.length > 0 ? 'tool_calls' : 'stop') &&
    calls.length === answer.calls.length &&
    answer.calls.every(
      (call, index) =>
        calls[index]?.name === call.name &&
        calls[index].arguments === call.arguments &&
        calls[index].id === `${call.name}:${index}`,
    )
  )
}

/** Nothing that the client got is wrong, only incomplete. */
export function isBeginning({ text, reasoning, calls }: SeenStream, answer: ModelAnswer): boolean {
  return (
    answer.text.startsWith(text) &&
    answer.reasoning.startsWith(reasoning) &&
    calls.every((call, index) => answer.calls[index]?.arguments.startsWith(call.arguments) === true)
  )
}
