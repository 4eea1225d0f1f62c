/** Streams of events for tests: generated, recorded, cut, doubled and told again. */

import * as fc from 'fast-check'
import type { Conversation, FinishReason, RunEvent, WorkError, WorkEvent } from '../index.ts'
import { fold, NEW_CONVERSATION } from '../index.ts'

export const CUT: WorkError = { sentence: 'cut', parameters: {}, remedies: ['go-on', 'again'], words: 'cut' }

export const begun = (run = 'r', turn = 'a', after: string | null = null): WorkEvent => ({
  type: 'run',
  run,
  turn,
  after,
  request: { model: 'kimi-k2.5' },
  asked: { model: 'kimi-k2.5', thinking: true, form: 'text' },
  at: 1000,
})

/** What one event of the wire says, without its number. */
type Said = readonly (
  | { readonly type: 'reasoning' | 'text'; readonly text: string }
  | {
      readonly type: 'tool-call'
      readonly call: number
      readonly id?: string
      readonly name?: string
      readonly arguments: string
    }
  | { readonly type: 'passed' }
)[]

const WORDS = [
  'Hello',
  ' wörld',
  '\n\n',
  '- a\n',
  '```ts\n',
  'x = 1\n',
  '```\n',
  '| a | b |\n',
  '|---|---|\n',
  '| 1 | 2 |\n',
  '你好',
  '🌒',
  ' *b*',
  '# H\n',
  '> q\n',
  '1. x\n',
  '',
  '<b>',
  '\r\n',
  '   ',
  '---\n',
  '[x](https://a.b)',
  '&amp;',
]
const word = fc.constantFrom(...WORDS)

const saidArbitrary: fc.Arbitrary<Said> = fc.oneof(
  { weight: 6, arbitrary: word.map((text) => [{ type: 'reasoning', text } as const]) },
  { weight: 8, arbitrary: word.map((text) => [{ type: 'text', text } as const]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat({ max: 2 }), word)
      .map(([call, text]) => [{ type: 'tool-call', call, id: `f:${call}`, name: 'f', arguments: text } as const]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(word, word)
      .map(([one, other]) => [{ type: 'reasoning', text: one } as const, { type: 'text', text: other } as const]),
  },
  { weight: 1, arbitrary: fc.constant([{ type: 'passed' } as const]) },
)

export interface WireStream {
  /** Events of the wire in order; each with all that it says. */
  readonly said: readonly Said[]
  /** Seams before the event with this number. */
  readonly seams: ReadonlyMap<number, string>
  readonly finish: FinishReason
}

export const streamArbitrary: fc.Arbitrary<WireStream> = fc
  .record({
    said: fc.array(saidArbitrary, { maxLength: 40 }),
    seamPlaces: fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 3 }),
    finish: fc.constantFrom<FinishReason>('stop', 'length', 'tool_calls', 'content_filter'),
  })
  .map(({ said, seamPlaces, finish }) => ({
    said,
    seams: new Map(seamPlaces.filter((place) => place < said.length).map((place) => [place + 1, `seam ${place}`])),
    finish,
  }))

/** Everything behind event `after`, as a reader gets it from there on: numbered, with the seams in their places. */
export function* told(stream: WireStream, after = 0, ms = 0): Generator<RunEvent> {
  const run = 'r'
  for (const [index, said] of stream.said.entries()) {
    const n = index + 1
    if (n <= after) continue
    const key = stream.seams.get(n)
    if (key !== undefined) yield { type: 'seam', run, ms: ms + n, key, from: 'one', to: 'two', reason: 'connection' }
    for (const [part, what] of said.entries()) {
      const place = { n, ...(part > 0 && { part }), ...(part < said.length - 1 && { more: true }) }
      yield { ...what, run, ms: ms + n, ...place }
    }
  }
  const end = stream.said.length + 1
  if (after < end) yield { type: 'finish', run, ms: ms + end, n: end, reason: stream.finish }
  yield { type: 'usage', run, ms: ms + end, usage: { input: 9, cached: 1, output: stream.said.length, thinking: 0 } }
  yield { type: 'end', run, ms: ms + end, cut: CUT }
}

export function foldAll(events: Iterable<WorkEvent>, before: Conversation = NEW_CONVERSATION): Conversation {
  let conversation = before
  for (const event of events) conversation = fold(conversation, event)
  return conversation
}

/** Contents without times: what has to be the same, however it came. */
export function contents(conversation: Conversation): unknown {
  return Object.values(conversation.runs).map(
    ({ reasoning, text, calls, seams, finish, usage, error, stoppedBy, endedMs }) => ({
      reasoning,
      text,
      calls: calls.map(({ index, id, name, arguments: all }) => ({ index, id, name, all })),
      seams: seams.map(({ key, inReasoning, inText }) => ({ key, inReasoning, inText })),
      finish,
      usage,
      error: error?.sentence,
      stoppedBy,
      ended: endedMs !== undefined,
    }),
  )
}
