/** A conversation out of a file or of a database: checked field by field, and its tree put together anew, so that it has no circles. */

import { BEGINNING, type Conversation, type Part, type Run, type Turn } from '../conversation/index.ts'
import { amount, flag, json, list, maybe, nullable, object, oneOf, type Reader, table, text } from './shape.ts'

const media = oneOf('image', 'video')
const digest: Reader<string> = (value) =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined

const textPart = object({ kind: oneOf('text'), text })
const mediaPart = object(
  { kind: oneOf('media'), media, digest, name: text, mime: text, bytes: amount },
  { width: amount, height: amount },
)
const addressPart = object({ kind: oneOf('address'), media, address: text })
const part: Reader<Part> = (value) => textPart(value) ?? mediaPart(value) ?? addressPart(value)

const turn: Reader<Turn> = object(
  {
    id: text,
    parent: nullable(text),
    role: oneOf('system', 'user', 'assistant', 'tool'),
    parts: list(part, 10_000),
    on: flag,
    at: amount,
    runs: list(text, 1000),
  },
  { answers: text },
)

const prices = object({ hit: text, miss: text, output: text, currency: text })
const asked = object(
  { model: text, thinking: flag, form: oneOf('text', 'json', 'schema') },
  { limit: amount, input: amount, prices },
)
const head = object(
  { ms: amount, status: amount, requestId: text, countsApproximate: flag },
  {
    streamId: text,
    servedBy: object({ model: text, engine: text }, { offline: flag }),
    lenient: list(object({ name: text, fields: list(text, 100) }), 100),
  },
)
const remedy = oneOf(
  'again',
  'again-soon',
  'copy-id',
  'copy-for-operator',
  'detach-media',
  'edit',
  'enter-key',
  'fetch-media',
  'go-on',
  'lower-limit',
  'open-request',
  'pick-engine',
  'put-back-thinking',
  'recharge',
  'run-when-room',
  'show-large',
  'show-place',
  'think-not',
  'upload',
  'use-value',
)
const error = object(
  { sentence: text, parameters: table(text), remedies: list(remedy, 20), words: text },
  { status: amount, type: text, requestId: text, retryAt: amount },
)
const fault = object({ path: text, words: text })

const run: Reader<Run> = object(
  {
    id: text,
    turn: text,
    request: json,
    asked,
    startedAt: amount,
    seen: object({ n: amount, part: (value) => (value === -1 ? -1 : amount(value)), whole: flag }),
    lastMs: amount,
    reasoning: text,
    text,
    calls: list(
      object({ index: amount, id: text, name: text, arguments: text, from: amount, to: amount }, { result: text }),
      1000,
    ),
    stretches: list(
      object({ kind: oneOf('reasoning', 'text', 'tool-call'), from: amount, to: amount, events: amount }),
      1000,
    ),
    gaps: list(object({ kind: oneOf('seam', 'away'), from: amount }, { to: amount }), 1000),
    seams: list(
      object(
        { key: text, from: text, to: text, reason: text, at: amount, inReasoning: amount, inText: amount },
        { gap: amount },
      ),
      1000,
    ),
    fetchedAgain: maybe(amount, 0),
  },
  {
    queued: object({}, { ahead: amount, aboutMs: amount }),
    head,
    finish: oneOf('stop', 'length', 'tool_calls', 'content_filter'),
    usage: object({ input: amount, cached: amount, output: amount, thinking: amount }),
    receipt: object({
      cost: text,
      currency: text,
      hit: amount,
      miss: amount,
      output: amount,
      engine: text,
      held: text,
    }),
    error,
    stoppedBy: oneOf('person', 'budget', 'page'),
    endedMs: amount,
    faults: object({ shown: list(fault, 100), more: amount }),
  },
)

const whole = object(
  { turns: table(turn), children: table(list(text)), chosen: table(text), runs: table(run) },
  { settings: json },
)

/** `undefined`: it is none. Turns that hang on nothing are left out. */
export function readConversation(value: unknown): Conversation | undefined {
  const found = whole(value)
  if (found === undefined) return undefined
  const turns: Record<string, Turn> = {}
  const children: Record<string, readonly string[]> = {}
  const chosen: Record<string, string> = {}
  const runs = Object.fromEntries(Object.entries(found.runs).filter(([id, one]) => one.id === id))
  // From the beginning downward: whatever is reached once is no circle.
  const open = [BEGINNING]
  for (const above of open) {
    const fitting = [...new Set(found.children[above])].filter((id) => {
      const one = found.turns[id]
      return (
        one !== undefined &&
        id !== BEGINNING &&
        turns[id] === undefined &&
        one.id === id &&
        (one.parent ?? BEGINNING) === above
      )
    })
    if (fitting.length === 0) continue
    children[above] = fitting
    const last = found.chosen[above]
    const shown = last !== undefined && fitting.includes(last) ? last : fitting.at(-1)
    if (shown !== undefined) chosen[above] = shown
    for (const id of fitting) {
      const one = found.turns[id]
      if (one !== undefined) turns[id] = { ...one, runs: one.runs.filter((name) => runs[name] !== undefined) }
      open.push(id)
    }
  }
  return { turns, children, chosen, runs, settings: found.settings ?? {} }
}
