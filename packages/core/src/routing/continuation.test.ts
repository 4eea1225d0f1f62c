/** Random answers, cut at random places into random attempts of engines of which some do not simply go on. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectUntilFailure, joinEvents } from '../../../../test/support/collect-events.ts'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { randomText } from '../../../../test/support/random-text.ts'
import { type Script, routed, scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError, type GenerationEvent, type GenerationRequest, partialOf, textOf } from '../generation/index.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { SeamCheck } from './seam-check.ts'

type Random = () => number

interface Part {
  readonly type: 'reasoning' | 'text' | 'tool-call'
  readonly call: number
  readonly name: string
  readonly text: string
}

const policy = {
  attempts: 12,
  seams: 40,
  budget: { share: 1, reserve: 1000 },
  breaker: { ...DEFAULT_POLICY.breaker, failures: Infinity },
}

function randomAnswer(random: Random): Part[] {
  const parts: Part[] = []
  const words = (): string => `${Math.floor(random() * 1e9)} ${randomText(random, 40).toWellFormed()}`
  if (random() < 0.6) parts.push({ type: 'reasoning', call: 0, name: '', text: words() })
  if (random() < 0.7) parts.push({ type: 'text', call: 0, name: '', text: words() })
  const calls = random() < 0.6 || parts.length === 0 ? 1 + Math.floor(random() * 3) : 0
  for (let call = 0; call < calls; call += 1) {
    const value = random() < 0.1 ? {} : { [words()]: words(), list: [1, { deep: words() }, null, random()] }
    parts.push({ type: 'tool-call', call, name: `tool_${call % 2}`, text: JSON.stringify(value) })
  }
  return parts
}

function eventOf({ type, call, name }: Part, text: string, first: boolean): GenerationEvent {
  if (type !== 'tool-call') return { type, choice: 0, text }
  return { type, choice: 0, call, arguments: text, ...(first ? { name } : {}) }
}

/** How much of each part the request says was given; the last of them is where the answer was cut. */
function givenOf(answer: readonly Part[], request: GenerationRequest): number[] {
  const partial = partialOf(request)
  if (partial === undefined) return []
  const lengths = answer.map(({ type, call }) => {
    if (type === 'reasoning') return (partial.reasoning ?? '').length
    return type === 'text' ? textOf(partial.content).length : (partial.toolCalls[call]?.arguments.length ?? -1)
  })
  const last = answer.findLastIndex(({ type }, index) => (lengths[index] ?? 0) > (type === 'tool-call' ? -1 : 0))
  return lengths.slice(0, last + 1)
}

/** So many of its last units, but no half of a pair: an engine says characters again. */
function endOf(text: string, units: number): string {
  return text.slice(-units).replace(/^[\uDC00-\uDFFF]/, '')
}

/** What one asking says, and how it ends. */
function play(answer: readonly Part[], request: GenerationRequest, random: Random): Script {
  const given = givenOf(answer, request)
  const at = given.length - 1
  const here = at < 0 ? undefined : answer[at]
  const done = here?.text.slice(0, given[at]) ?? ''
  const events: GenerationEvent[] = [{ type: 'start', engine: 'e', model: 'm' }]
  const say = (part: Part, text: string, begins: boolean): void => {
    let first = begins
    let left = text
    while (left !== '' || first) {
      const length = 1 + Math.floor(random() * 12)
      events.push(eventOf(part, left.slice(0, length), first))
      left = left.slice(length)
      first = false
    }
  }
  const mood = random()
  let spent = 0
  if (here !== undefined) {
    const isCertain = new Set(done.slice(-24)).size > 12
    if (mood < 0.15 && done.length >= 8 && isCertain) {
      for (const [index, part] of answer.slice(0, at).entries()) say(part, part.text.slice(0, given[index]), true)
      say(here, done, true)
    } else if (mood < 0.3 && isCertain) say(here, endOf(done, 24 + Math.floor(random() * 50)), false)
    else if (mood < 0.35 && done.length >= 60) say(here, `${done.slice(0, 40)}\0 and now for something else`, false)
    else if (mood < 0.4 && here.type !== 'reasoning') say({ ...here, type: 'reasoning' }, 'A new thought', false)
    const rest = here.text.slice(done.length)
    say(here, rest, false)
    spent += rest.length
  }
  for (const part of answer.slice(at + 1)) {
    say(part, part.text, true)
    spent += part.text.length + part.name.length
  }
  const calls = answer.some(({ type }) => type === 'tool-call')
  events.push({ type: 'finish', choice: 0, reason: calls ? 'tool_calls' : 'stop' })
  const own = answer[0]?.type === 'reasoning' ? answer[0].text.length - (given[0] ?? 0) : 0
  if (random() < 0.5) {
    events.push({ type: 'usage', usage: { prompt: 9999, cached: 50, completion: spent, reasoning: own } })
  }
  if (random() < 0.2) return { events }
  const cut = events.slice(0, Math.floor(random() * events.length))
  const kinds = ['cut', 'unavailable', 'overloaded', 'timeout', 'protocol'] as const
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'cut'
  if (random() < 0.2) return { events: cut, silent: true, deaf: random() < 0.5 }
  if (random() < 0.2) return { events: cut }
  return {
    events: cut,
    failure: random() < 0.2 ? new TypeError('x') : new EngineError(kind, 'failed', { engine: 'e' }),
  }
}

describe('an answer of many engines', () => {
  it('is the answer of one, whole or as its beginning, with one start and the sum of what was generated', async () => {
    const rounds = 250
    let complete = 0
    let seams = 0
    for (let round = 0; round < rounds; round += 1) {
      const seed = 20_261_120 + round
      const random = seededRandom(seed)
      const answer = randomAnswer(random)
      const engines = ['a', 'b', 'c'].map((name) => scriptedEngine(name, (request) => play(answer, request, random)))
      const request = sampleRequest({
        maxCompletionTokens: 1e6,
        whole: random() < 0.2,
        tools: [0, 1].map((tool) => ({ type: 'function', name: `tool_${tool}`, parameters: {}, strict: false })),
      })
      const { events, meter, trace, route } = routed(engines, request, { policy, random })
      const { events: seen, failure } = await collectUntilFailure(events)
      const said = `seed ${seed}`
      const [choice] = joinEvents(seen)
      const parts = answer.map(({ type, call, text }) => {
        if (type !== 'tool-call') return [choice?.[type] ?? '', text] as const
        return [choice?.calls[call]?.arguments ?? '', text] as const
      })
      for (const [got, wanted] of parts) assert.ok(wanted.startsWith(got), `${said}: ${got} | ${wanted}`)
      assert.ok(seen.filter(({ type }) => type === 'start').length <= 1, said)
      assert.equal(seen[0]?.type ?? 'start', 'start', said)
      for (const { replicas } of route.targets) assert.equal(replicas[0]?.running, 0, said)
      seams += trace.seams.length
      if (failure !== undefined) {
        assert.ok(failure instanceof EngineError, said)
        assert.ok(!seen.some(({ type }) => type === 'usage'), said)
        continue
      }
      complete += 1
      for (const [got, wanted] of parts) assert.equal(got, wanted, said)
      assert.deepEqual(
        choice?.calls.map(({ name }) => name),
        answer.flatMap(({ type, name }) => (type === 'tool-call' ? [name] : [])),
        said,
      )
      assert.equal(choice.finish, choice.calls.length > 0 ? 'tool_calls' : 'stop', said)
      const { completion, reasoning, prompt } = meter.usage()
      assert.equal(completion, answer.reduce((sum, { text, name }) => sum + text.length + name.length, 0), said) // prettier-ignore
      assert.equal(reasoning, choice.reasoning.length, said)
      if (trace.seams.length > 0) assert.equal(prompt, 100, said)
    }
    assert.ok(complete > rounds * 0.8, `${complete} were complete`)
    assert.ok(seams > rounds, `${seams} seams`)
  })
})

describe('an engine that goes on by its protocol', () => {
  const repetitive = {
    table: `| date | in | out |\n|---|---|---|\n${Array.from({ length: 12 }, (_, row) => `| 2026-01-0${1 + (row >> 2)} | 0 | 0 |\n`).join('')}`,
    code: `switch (x) {\n${['a', 'b', 'c'].map((name) => `  case '${name}':\n    return undefined\n    break\n`).join('')}}\n`,
    log: Array.from({ length: 20 }, (_, line) => (line % 5 === 4 ? 'INFO done\n' : 'WARN refused, retrying\n')).join(
      '',
    ),
    song: 'Row, row, row your boat,\nGently down the stream,\nMerrily, merrily, merrily,\nLife is but a dream.\n'.repeat(
      3,
    ),
  }

  for (const [kind, whole] of Object.entries(repetitive)) {
    it(`is believed, wherever a ${kind} is cut`, () => {
      for (let cut = 1; cut < whole.length; cut += 1) {
        const out: GenerationEvent[] = []
        const given = {
          reasoning: 'r',
          text: whole.slice(0, cut),
          calls: [],
          before: { reasoning: '', text: '' },
          json: false,
        }
        const check = new SeamCheck(given, { name: 'e' })
        for (let at = cut; at < whole.length; at += 5)
          check.push({ type: 'text', choice: 0, text: whole.slice(at, at + 5) }, out)
        check.push({ type: 'finish', choice: 0, reason: 'stop' }, out)
        const rest = out.map((event) => (event.type === 'text' ? event.text : '')).join('')
        assert.equal(whole.slice(0, cut) + rest, whole, `cut at ${cut}`)
      }
    })
  }
})

describe('a seam', () => {
  const before = { reasoning: '', text: '' }
  const tool: GenerationEvent = {
    type: 'server-tool',
    choice: 0,
    name: 'search',
    id: 's1',
    state: 'begun',
    input: '{}',
    output: undefined,
  }
  const end: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop', stop: 'END' }

  function passed(calls: readonly { name: string; arguments: string }[], ...events: GenerationEvent[]) {
    const check = new SeamCheck({ reasoning: '', text: 'It is', calls, before, json: false }, { name: 'e' })
    const out: GenerationEvent[] = []
    for (const event of events) check.push(event, out)
    return out
  }

  it('lets the stop string through that ended the answer, and what tools of the server do', () => {
    const more: GenerationEvent = { type: 'text', choice: 0, text: ' so.' }
    assert.deepEqual(passed([], tool, more, tool, end), [tool, more, tool, end])
    assert.deepEqual(passed([{ name: 'f', arguments: '{}' }], tool, end), [tool, { ...end, reason: 'tool_calls' }])
  })

  it('never holds half of a character, or one twice, wherever it was cut inside of pairs', async () => {
    const text = '🌍🧭 and 🎉🌍'
    const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
    const piece = (of: string): GenerationEvent => ({ type: 'text', choice: 0, text: of })
    for (let cut = 1; cut < text.length; cut += 1) {
      const asked: string[] = []
      const first = scriptedEngine('a', [
        {
          events: [start, ...Array.from({ length: cut }, (_, at) => piece(text.charAt(at)))],
          failure: new EngineError('cut', 'failed', { engine: 'a' }),
        },
      ])
      const second = scriptedEngine('b', (request) => {
        const given = textOf(partialOf(request)?.content ?? [])
        asked.push(given)
        return { events: [start, piece(text.slice(given.length)), { type: 'finish', choice: 0, reason: 'stop' }] }
      })
      const { events } = routed([first, second], sampleRequest({ maxCompletionTokens: 1e6, tools: [] }), { policy })
      const { events: seen, failure } = await collectUntilFailure(events)
      assert.equal(failure, undefined)
      for (const event of seen) if (event.type === 'text') assert.ok(event.text.isWellFormed(), `cut at ${cut}`)
      assert.equal(joinEvents(seen)[0]?.text, text, `cut at ${cut}`)
      for (const given of asked) assert.ok(given.isWellFormed() && text.startsWith(given), `cut at ${cut}: ${given}`)
    }
  })
})
