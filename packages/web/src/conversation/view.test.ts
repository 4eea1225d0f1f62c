/** What is seen of an answer: every rule of phases, strips, figures, notes and buttons. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { amountOf, nanosOf, sumOf } from './amount.ts'
import type { Asked, RunEvent, WorkEvent } from './event.ts'
import { fold } from './fold.ts'
import { jsonPrefix } from './json-prefix.ts'
import { begun, CUT, foldAll, streamArbitrary, told } from './testing/streams.ts'
import type { AnswerView, ConversationView } from './conversation-view.ts'
import { view } from './view.ts'

const R = { run: 'r' } as const
const text = (n: number, ms: number, words = 'x'): RunEvent => ({ type: 'text', ...R, ms, n, text: words })
const thought = (n: number, ms: number): RunEvent => ({ type: 'reasoning', ...R, ms, n, text: 'h' })
const head: RunEvent = { type: 'head', ...R, ms: 5, status: 200, requestId: 'q', countsApproximate: false }
const finish = (
  n: number,
  ms: number,
  reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' = 'stop',
): RunEvent[] => [
  { type: 'finish', ...R, ms, n, reason },
  { type: 'end', ...R, ms, cut: CUT },
]
const receipt = (run: string, cost: string, currency = 'USD'): RunEvent => ({
  type: 'receipt',
  run,
  ms: 1,
  receipt: { cost, currency, hit: 4, miss: 6, output: 30, engine: 'e', held: '1' },
})
const asking = (asked: Partial<Asked>): WorkEvent => ({
  ...(begun() as WorkEvent & { type: 'run' }),
  asked: { model: 'kimi-k2.5', thinking: true, form: 'text', ...asked },
})

function seen(events: readonly WorkEvent[], now = 1000, first: WorkEvent = begun()): AnswerView {
  const answer = view(foldAll([first, ...events]), now).turns[0]?.answer
  assert.ok(answer)
  return answer
}
const kinds = (list: readonly { readonly kind: string }[]): string[] => list.map(({ kind }) => kind)
/** Without what a view carries for the next one. */
const printed = (all: ConversationView): unknown =>
  JSON.parse(JSON.stringify({ ...all, turns: all.turns.map(({ of: _of, ...turn }) => turn) }))

describe('a view', () => {
  it('is the same with and without the one before it', () => {
    fc.assert(
      fc.property(streamArbitrary, fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), (stream, stops) => {
        let conversation = foldAll([
          { type: 'turn', turn: 'u', after: null, role: 'user', parts: [], at: 1 },
          begun('r', 'a', 'u'),
        ])
        let before: ConversationView | undefined
        for (const [index, event] of [...told(stream)].entries()) {
          conversation = fold(conversation, event)
          if (stops.includes(index)) before = view(conversation, 1000 + index, before)
        }
        assert.deepEqual(printed(view(conversation, 2000, before)), printed(view(conversation, 2000)))
      }),
    )
  })

  it('keeps the objects of what did not change', () => {
    const over = foldAll([begun(), head, text(1, 10), ...finish(2, 20)])
    const first = view(over, 1000)
    assert.equal(view(over, 5000, first).turns[0], first.turns[0])
    const more = fold(over, { type: 'turn', turn: 'u2', after: 'a', role: 'user', parts: [], at: 1 })
    assert.equal(view(more, 5000, first).turns[0], first.turns[0])
    const paid = fold(more, receipt('r', '0.1'))
    assert.notEqual(view(paid, 5000, first).turns[0], first.turns[0])
    const live = foldAll([begun(), text(1, 10, 'a\n\nb\n\nc')])
    const one = view(live, 1000)
    const two = view(fold(live, text(2, 20)), 1010, one)
    assert.equal(two.turns[0]?.answer?.blocks[0], one.turns[0]?.answer?.blocks[0])
  })
})

describe('a phase', () => {
  it('says where an answer is', () => {
    const queued: RunEvent = { type: 'queued', ...R, ms: 1, ahead: 3 }
    assert.equal(seen([]).phase, 'sent')
    assert.deepEqual(
      [seen([queued]).phase, kinds(seen([queued]).notes), seen([queued]).actions],
      ['waiting', ['queued'], ['stop-waiting']],
    )
    assert.deepEqual([seen([queued, head]).phase, seen([queued, head]).notes], ['sent', []])
    assert.deepEqual(
      [seen([thought(1, 10)]).phase, seen([thought(1, 10)]).actions],
      ['thinking', ['stop', 'skip-thinking']],
    )
    assert.deepEqual([seen([text(1, 10)]).phase, seen([text(1, 10)]).actions], ['answering', ['stop']])
    assert.deepEqual(
      [seen([text(1, 10), ...finish(2, 20)]).phase, seen([text(1, 10), ...finish(2, 20)]).actions],
      ['complete', ['again']],
    )
    const seam: RunEvent = { type: 'seam', ...R, ms: 11, key: 'k', from: 'a', to: 'b', reason: 'c' }
    assert.equal(seen([text(1, 10), seam, text(2, 15), ...finish(3, 20)]).phase, 'seam')
    assert.deepEqual(
      [
        seen([text(1, 10), { type: 'fail', ...R, ms: 20, error: CUT }]).phase,
        seen([{ type: 'end', ...R, ms: 1, cut: CUT }]).remedies,
      ],
      ['failed', ['go-on', 'again']],
    )
  })

  it('of a stopped answer has what was under way, and what can be done', () => {
    const stop: RunEvent = { type: 'stop', ...R, ms: 50, by: 'person' }
    const call: RunEvent = { type: 'tool-call', ...R, ms: 10, n: 1, call: 0, arguments: '' }
    for (const [events, during, first] of [
      [[], 'nothing', 'again'],
      [[thought(1, 10)], 'thinking', 'go-on'],
      [[text(1, 10)], 'answer', 'go-on'],
      [[call], 'call', 'go-on'],
    ] as const) {
      const { phase, notes, actions, strip } = seen([...events, stop])
      assert.deepEqual(
        [phase, notes, actions[0], strip.totalMs],
        ['stopped', [{ kind: 'stopped', by: 'person', during }], first, 50],
      )
    }
  })
})

describe('a strip', () => {
  it('has a segment for each stretch, the break of a seam and its tick, and a head while it is alive', () => {
    const seam: RunEvent = { type: 'seam', ...R, ms: 40, key: 'k', from: 'a', to: 'b', reason: 'c' }
    const call: RunEvent = { type: 'tool-call', ...R, ms: 80, n: 4, call: 0, arguments: '' }
    const { strip } = seen([thought(1, 10), text(2, 30), seam, text(3, 70), call], 1100)
    assert.deepEqual(
      strip.segments.map(({ kind, from, to }) => [kind, from, to]),
      [
        ['wait', 0, 10],
        ['thinking', 10, 10],
        ['answer', 10, 30],
        ['break', 30, 70],
        ['answer', 70, 70],
        ['tool', 70, 100],
      ],
    )
    assert.deepEqual([strip.seams, strip.head, strip.totalMs], [[40], 100, 100])
    const torn = seen([text(1, 10), seam], 1100).strip
    assert.deepEqual(
      torn.segments.map(({ kind, from, to }) => [kind, from, to]),
      [
        ['wait', 0, 10],
        ['answer', 10, 10],
        ['break', 10, 100],
      ],
    )
    assert.deepEqual(
      seen([text(1, 0)], 1000).strip.segments.map(({ kind }) => kind),
      ['answer'],
    )
    const early = seen([seam, text(1, 60)], 1060).strip
    assert.deepEqual(kinds(early.segments), ['wait', 'answer'])
  })

  it('spreads the tokens of the usage over its stretches', () => {
    const usage: RunEvent = { type: 'usage', ...R, ms: 30, usage: { input: 1, cached: 0, output: 30, thinking: 10 } }
    const events = [thought(1, 10), text(2, 20), text(3, 25)]
    assert.deepEqual(
      seen([...events, usage]).strip.segments.map(({ tokens }) => tokens),
      [undefined, 10, 20],
    )
    assert.deepEqual(
      seen(events).strip.segments.map(({ tokens }) => tokens),
      [undefined, 1, 2],
    )
  })

  it('is as long as the longest answer, in steps', () => {
    const scale = (ms: number): number => view(foldAll([begun(), text(1, ms)]), 1000 + ms).scaleMs
    assert.deepEqual(
      [1, 5000, 5001, 60_000, 60_001, 200_000].map(scale),
      [5000, 5000, 10_000, 60_000, 120_000, 240_000],
    )
    assert.equal(view(foldAll([]), 0).scaleMs, 5000)
  })
})

describe('figures', () => {
  const tokens = (count: number, from = 1): RunEvent[] =>
    Array.from({ length: count }, (_, index) => text(from + index, 100 + index * 10))
  const usage: RunEvent = {
    type: 'usage',
    ...R,
    ms: 300,
    usage: { input: 2871, cached: 2176, output: 21, thinking: 1 },
  }

  it('come with what they tell of, in their order', () => {
    assert.deepEqual(kinds(seen([]).figures), [])
    assert.deepEqual(kinds(seen(tokens(9)).figures), ['first-token', 'answer', 'thinking'])
    assert.deepEqual(seen(tokens(11)).figures.slice(0, 2), [
      { kind: 'first-token', ms: 100 },
      { kind: 'rate', tokensPerSecond: 100, approximate: false },
    ])
    const whole = seen([
      head,
      thought(1, 90),
      ...tokens(20, 2),
      usage,
      ...finish(22, 300),
      receipt('r', '0.004829'),
    ]).figures
    assert.deepEqual(kinds(whole), ['first-token', 'rate', 'input', 'answer', 'thinking', 'cost', 'settled'])
    assert.deepEqual(whole.slice(2), [
      { kind: 'input', tokens: 2871, cached: 2176 },
      { kind: 'answer', tokens: 20, approximate: false },
      { kind: 'thinking', tokens: 1, approximate: false },
      { kind: 'cost', amount: '0.004829', currency: 'USD', soFar: false },
      { kind: 'settled', requestId: 'q' },
    ])
    assert.deepEqual(kinds(seen([...tokens(2), usage], 1000, asking({ thinking: false })).figures), [
      'first-token',
      'rate',
      'input',
      'answer',
      'thinking',
    ])
    assert.deepEqual(kinds(seen(tokens(2), 1000, asking({ thinking: false })).figures), ['first-token', 'answer'])
  })

  it('say where the server only estimates', () => {
    const { figures } = seen([{ ...head, countsApproximate: true }, ...tokens(11)])
    assert.ok(figures.every((figure) => !('approximate' in figure) || figure.approximate))
  })

  it('of a stopped answer come from its receipt', () => {
    const { figures } = seen([
      head,
      thought(1, 90),
      ...tokens(3, 2),
      { type: 'stop', ...R, ms: 200, by: 'person' },
      receipt('r', '0.1'),
    ])
    assert.deepEqual(
      figures.filter(({ kind }) => kind === 'input' || kind === 'answer'),
      [
        { kind: 'input', tokens: 10, cached: 4 },
        { kind: 'answer', tokens: 29, approximate: false },
      ],
    )
    assert.ok(
      !kinds(seen([...tokens(3), { type: 'stop', ...R, ms: 200, by: 'person' }, receipt('r', '0.1')]).figures).includes(
        'settled',
      ),
    )
  })

  it('have the cost so far while nothing is settled, where prices are known', () => {
    const prices = { hit: '0.0000001', miss: '0.0000006', output: '0.000003', currency: 'USD' }
    const costOf = (events: WorkEvent[], asked: Partial<Asked>) =>
      seen(events, 1000, asking(asked)).figures.find(({ kind }) => kind === 'cost')
    assert.deepEqual(costOf(tokens(2), { prices, input: 10 }), {
      kind: 'cost',
      amount: '0.000012',
      currency: 'USD',
      soFar: true,
    })
    assert.deepEqual(costOf(tokens(2), { prices }), { kind: 'cost', amount: '0.000006', currency: 'USD', soFar: true })
    assert.deepEqual(costOf([...tokens(1), usage], { prices }), {
      kind: 'cost',
      amount: amountOf(2176n * 100n + 695n * 600n + 21n * 3000n),
      currency: 'USD',
      soFar: true,
    })
    assert.equal(costOf(tokens(1), { prices: { ...prices, hit: 'x' } }), undefined)
    assert.equal(costOf([], { prices }), undefined)
    assert.equal(costOf([...tokens(1), receipt('r', 'x')], {}), undefined)
  })

  it('of an answer that was gone on with are of all its runs, one behind the other', () => {
    const on = (currency?: string): WorkEvent[] => [
      head,
      thought(1, 90),
      ...tokens(2, 2),
      { type: 'stop', ...R, ms: 200, by: 'person' },
      receipt('r', '0.1'),
      begun('s', 'a'),
      { type: 'text', run: 's', ms: 50, n: 1, text: 'y' },
      { type: 'seam', run: 's', ms: 51, key: 'k', from: 'a', to: 'b', reason: 'c' },
      { type: 'text', run: 's', ms: 60, n: 2, text: 'z' },
      { type: 'finish', run: 's', ms: 70, n: 3, reason: 'stop' },
      { type: 'end', run: 's', ms: 70, cut: CUT },
      ...(currency === undefined ? [] : [receipt('s', '0.2', currency)]),
    ]
    const answer = seen(on('USD'))
    assert.deepEqual([answer.text, answer.runs, answer.run, answer.phase], ['xxyz', ['r', 's'], 's', 'seam'])
    assert.equal(answer.strip.totalMs, 270)
    assert.deepEqual(answer.strip.seams, [251])
    assert.deepEqual(answer.notes, [
      { kind: 'seams', seams: [{ from: 'a', to: 'b', reason: 'c', at: 51, gap: 10, inReasoning: 1, inText: 3 }] },
    ])
    assert.deepEqual(
      answer.figures.find(({ kind }) => kind === 'cost'),
      { kind: 'cost', amount: '0.3', currency: 'USD', soFar: false },
    )
    assert.deepEqual(
      seen(on()).figures.find(({ kind }) => kind === 'cost'),
      { kind: 'cost', amount: '0.1', currency: 'USD', soFar: true },
    )
    assert.equal(
      seen(on('CNY')).figures.find(({ kind }) => kind === 'cost'),
      undefined,
    )
    assert.deepEqual(view(foldAll([begun(), ...on('CNY')]), 0).spent, [
      { currency: 'USD', amount: '0.1' },
      { currency: 'CNY', amount: '0.2' },
    ])
    assert.deepEqual(view(foldAll([begun(), receipt('r', 'x')]), 0).spent, [])
    const continued = foldAll([
      begun(),
      ...on().slice(0, 6),
      text(9, 9),
      begun('s', 'a'),
      { type: 'text', run: 's', ms: 5, n: 1, text: 'y' },
      { type: 'finish', run: 's', ms: 6, n: 2, reason: 'stop' },
    ])
    assert.equal(view(continued, 0).turns[0]?.answer?.phase, 'complete')
  })
})

describe('notes', () => {
  it('of an answer that was gone on with keep the seam that is in its beginning', () => {
    const seam: RunEvent = { type: 'seam', ...R, ms: 11, key: 'k', from: 'a', to: 'b', reason: 'c' }
    const stop: RunEvent = { type: 'stop', ...R, ms: 50, by: 'budget' }
    const answer = seen([
      text(1, 10),
      seam,
      text(2, 20),
      stop,
      begun('s', 'a'),
      { type: 'text', run: 's', ms: 1, n: 1, text: 'y' },
      { type: 'finish', run: 's', ms: 2, n: 2, reason: 'stop' },
    ])
    assert.deepEqual([answer.phase, answer.text, answer.notes.length], ['seam', 'xxy', 1])
    const tool = foldAll([{ type: 'turn', turn: 't', after: null, role: 'tool', parts: [], answers: 'f:0', at: 1 }])
    assert.equal(view(tool, 0).turns[0]?.answers, 'f:0')
  })

  it('say how an answer ended', () => {
    const ended = (events: RunEvent[], reason: 'length' | 'content_filter', asked: Partial<Asked> = {}): AnswerView =>
      seen([...events, ...finish(9, 20, reason)], 1000, asking(asked))
    assert.deepEqual(ended([text(1, 1)], 'length', { limit: 1024 }).notes, [{ kind: 'limit', limit: 1024 }])
    assert.deepEqual(ended([text(1, 1)], 'length').notes, [{ kind: 'limit' }])
    assert.deepEqual(ended([thought(1, 1)], 'length', { limit: 5 }).notes, [{ kind: 'thought-only', limit: 5 }])
    assert.deepEqual(ended([], 'length').notes, [{ kind: 'limit' }])
    assert.deepEqual(ended([text(1, 1)], 'length').actions, ['go-on', 'raise-limit', 'again'])
    assert.deepEqual(ended([], 'content_filter').notes, [{ kind: 'filtered' }])
    assert.deepEqual(seen([{ type: 'fail', ...R, ms: 1, error: CUT }]).notes, [
      { kind: 'failed', error: CUT, before: true },
    ])
    assert.deepEqual(seen([text(1, 1), { type: 'fail', ...R, ms: 1, error: CUT }]).notes, [
      { kind: 'failed', error: CUT, before: false },
    ])
    assert.deepEqual(seen([{ type: 'caught-up', ...R, ms: 1, events: 412 }]).notes, [
      { kind: 'fetched-again', events: 412 },
    ])
  })

  it('say whether an answer fits its schema, once it is over', () => {
    const checked = (faults: { path: string; words: string }[]): RunEvent => ({
      type: 'checked',
      ...R,
      ms: 30,
      faults,
      more: 2,
    })
    assert.deepEqual(seen([checked([])]).notes, [])
    assert.deepEqual(seen([...finish(1, 2), checked([])]).notes, [{ kind: 'fits-schema' }])
    assert.deepEqual(kinds(seen([...finish(1, 2), checked([{ path: '/a', words: 'b' }])]).notes), ['fits-not'])
  })
})

describe('the rest of an answer', () => {
  it('is thinking that counts while it runs, is done, was none, or was not asked for', () => {
    const state = (events: RunEvent[], asked: Partial<Asked> = {}): string =>
      seen(events, 1000, asking(asked)).thinking.state
    assert.deepEqual(
      [state([]), state([], { thinking: false }), state([thought(1, 1)]), state([thought(1, 1), text(2, 2)])],
      ['none', 'off', 'running', 'done'],
    )
    assert.equal(seen([thought(1, 10)], 1500).thinking.ms, 490)
    assert.equal(seen([thought(1, 10), thought(2, 30), text(3, 40)], 1500).thinking.ms, 20)
    const away: RunEvent = { type: 'reattach', ...R, ms: 40, after: 2 }
    assert.equal(seen([thought(1, 10), thought(2, 30), away], 1500).thinking.ms, 20)
  })

  it('is calls with how much of them is JSON, and the button that sends their results', () => {
    const call = (index: number, args: string): RunEvent => ({
      type: 'tool-call',
      ...R,
      ms: 10,
      n: index + 1,
      call: index,
      id: `f:${index}`,
      name: 'f',
      arguments: args,
    })
    const called = foldAll([begun(), call(0, '{"a":1}'), call(1, '{"b":x'), ...finish(3, 20, 'tool_calls')])
    const first = view(called, 1000)
    const answer = first.turns[0]?.answer
    assert.deepEqual(
      answer?.calls.map(({ of, validTo, complete }) => [of, validTo, complete]),
      [
        [2, 7, true],
        [2, 5, false],
      ],
    )
    assert.deepEqual(answer?.actions, ['again'])
    const given = foldAll(
      [0, 1].map((index): WorkEvent => ({ type: 'result', run: 'r', call: index, text: 'ok' })),
      called,
    )
    const second = view(given, 1000, first).turns[0]?.answer
    assert.deepEqual(second?.actions, ['send-results', 'again'])
    assert.equal(second?.calls[0]?.result, 'ok')
    assert.equal(
      view(fold(called, { type: 'result', run: 'r', call: 0, text: 'ok' }), 1000, first).turns[0]?.answer?.calls[1],
      answer?.calls[1],
    )
  })

  it('is chips of who answered and what was replaced, and its ids', () => {
    const chips = (servedBy: object | undefined, more: object = {}) =>
      seen([{ ...head, ...(servedBy && { servedBy }), ...more } as RunEvent])
    assert.deepEqual(chips({ model: 'kimi-k2.5', engine: 'e' }).chips, [])
    assert.deepEqual(chips({ model: '', engine: 'e' }).chips, [])
    assert.deepEqual(chips({ model: 'kimi-k2.6', engine: 'e' }).chips, [{ kind: 'stand-in', model: 'kimi-k2.6' }])
    assert.deepEqual(chips({ model: 'x', engine: 'e', offline: true }).chips, [{ kind: 'no-model' }])
    const lenient = [{ name: 'n', fields: ['a', 'b'] }]
    assert.deepEqual(chips(undefined, { lenient, streamId: 's' }).chips, [
      { kind: 'lenient', values: 2, notes: lenient },
    ])
    assert.deepEqual(
      [chips({ model: 'm', engine: 'e' }).engine, chips(undefined, { streamId: 's' }).streamId, seen([head]).requestId],
      ['e', 's', 'q'],
    )
  })
})

describe('the beginning of JSON', () => {
  it('is all of a text that is JSON, and of any beginning of it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, cut) => {
        assert.deepEqual(jsonPrefix(json), { length: json.length, whole: true })
        const part = json.slice(0, cut % (json.length + 1))
        assert.equal(jsonPrefix(part).length, part.length, part)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends where something stands that cannot be', () => {
    for (const [words, length] of [
      ['{a', 1],
      ['{"a" 1', 5],
      ['[1 2', 3],
      ['[1,]', 3],
      ['{"a":1,}', 7],
      ['1 2', 2],
      ['"a\u0001', 2],
      ['"\\x', 2],
      ['tru', 3],
      ['trx', 0],
      ['nul x', 0],
      ['-', 1],
      ['1.', 2],
      ['1e+', 3],
      ['01', 1],
      ['x', 0],
      [']', 0],
      [' {} ', 4],
      ['"\\u12', 5],
      ['[}', 1],
      ['{"a":', 5],
    ] as const)
      assert.equal(jsonPrefix(words).length, length, words)
    assert.equal(jsonPrefix('['.repeat(300)).length, 256)
    assert.equal(jsonPrefix('').whole, false)
  })
})

describe('amounts', () => {
  it('are integers inside and the shortest decimals outside', () => {
    assert.deepEqual(['1', '-0.5', '0.000000001'].map(nanosOf), [1_000_000_000n, -500_000_000n, 1n])
    assert.deepEqual([nanosOf('x'), nanosOf('0.0000000001'), sumOf(['1', 'x'])], [undefined, undefined, undefined])
    assert.deepEqual([amountOf(-3_000_000_000n), amountOf(0n)], ['-3', '0'])
    assert.deepEqual([amountOf(-500_000_000n), amountOf(2n), sumOf(['0.1', '0.2'])], ['-0.5', '0.000000002', '0.3'])
  })
})
