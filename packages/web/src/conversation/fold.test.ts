/** However an answer came, it is the same answer; and what was cut is never whole. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { begun, contents, CUT, foldAll, streamArbitrary, told } from './testing/streams.ts'
import { fold, lastWhole, NEW_CONVERSATION, type RunEvent, view } from './index.ts'

const live = (events: Iterable<RunEvent>) => foldAll([begun(), ...events])
const runOf = (conversation: ReturnType<typeof live>) => {
  const run = conversation.runs['r']
  assert.ok(run)
  return run
}

describe('the fold', () => {
  it('makes the same of a live stream and of one that was cut anywhere and asked for again', () => {
    fc.assert(
      fc.property(streamArbitrary, fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (stream, cuts) => {
        const whole = live(told(stream))
        let conversation = foldAll([begun()])
        for (const cut of cuts) {
          const after = lastWhole(runOf(conversation))
          if (runOf(conversation).endedMs !== undefined) break
          conversation = foldAll([...told(stream, after, 100)].slice(0, cut), conversation)
          conversation = fold(conversation, { type: 'reattach', run: 'r', ms: 200, after })
        }
        conversation = foldAll(told(stream, lastWhole(runOf(conversation)), 300), conversation)
        assert.deepEqual(contents(conversation), contents(whole))
      }),
    )
  })

  it('makes the same of what is told twice, from any place before', () => {
    fc.assert(
      fc.property(streamArbitrary, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (stream, cut, back) => {
        const whole = live(told(stream))
        const first = [...told(stream)].filter(({ type }) => type !== 'end').slice(0, cut)
        const conversation = foldAll([begun(), ...first])
        const after = Math.max(0, lastWhole(runOf(conversation)) - back)
        const again = foldAll(
          [{ type: 'reattach', run: 'r', ms: 100, after }, ...told(stream, after, 100)],
          conversation,
        )
        assert.deepEqual(contents(again), contents(whole))
        assert.deepEqual(contents(foldAll(told(stream), again)), contents(whole))
      }),
    )
  })

  it('makes the same of a whole reply as of its stream', () => {
    fc.assert(
      fc.property(streamArbitrary, (stream) => {
        const { reasoning, text, calls } = runOf(live(told(stream)))
        const reply: RunEvent[] = [
          { type: 'reasoning', run: 'r', ms: 1, n: 1, more: true, text: reasoning },
          { type: 'text', run: 'r', ms: 1, n: 1, part: 1, more: true, text },
          ...calls.map(({ index, id, name, arguments: all }, at): RunEvent => ({
            type: 'tool-call',
            run: 'r',
            ms: 1,
            n: 1,
            part: 2 + at,
            more: true,
            call: index,
            id,
            name,
            arguments: all,
          })),
          { type: 'finish', run: 'r', ms: 1, n: 1, part: 2 + calls.length, reason: stream.finish },
          { type: 'usage', run: 'r', ms: 1, usage: { input: 9, cached: 1, output: stream.said.length, thinking: 0 } },
          { type: 'end', run: 'r', ms: 1, cut: CUT },
        ]
        const seamless = { ...stream, seams: new Map<number, string>() }
        assert.deepEqual(contents(live(reply)), contents(live(told(seamless))))
      }),
    )
  })

  it('never calls an answer complete that has no finish, wherever it was cut and whatever ended it', () => {
    const ends: RunEvent[] = [
      { type: 'end', run: 'r', ms: 99, cut: CUT },
      { type: 'fail', run: 'r', ms: 99, error: CUT },
      { type: 'stop', run: 'r', ms: 99, by: 'person' },
    ]
    fc.assert(
      fc.property(streamArbitrary, fc.nat({ max: 60 }), fc.constantFrom(...ends), (stream, cut, end) => {
        const events = [...told(stream)].filter(({ type }) => type !== 'finish' && type !== 'end').slice(0, cut)
        const conversation = live([...events, end])
        const phase = view(conversation, 2000).turns[0]?.answer?.phase
        assert.equal(phase, end.type === 'stop' ? 'stopped' : 'failed')
        const late = foldAll(told(stream), conversation)
        assert.equal(view(late, 2000).turns[0]?.answer?.phase, phase)
        assert.equal(runOf(late).text, runOf(conversation).text)
      }),
    )
  })

  it('asks again for all of an event of which it has seen a part', () => {
    const half = live([
      { type: 'text', run: 'r', ms: 1, n: 1, text: 'a' },
      { type: 'reasoning', run: 'r', ms: 2, n: 2, more: true, text: 'b' },
    ])
    assert.equal(lastWhole(runOf(half)), 1)
    const whole = foldAll(
      [
        { type: 'reasoning', run: 'r', ms: 3, n: 2, more: true, text: 'b' },
        { type: 'text', run: 'r', ms: 3, n: 2, part: 1, text: 'c' },
      ],
      half,
    )
    assert.deepEqual([runOf(whole).reasoning, runOf(whole).text, lastWhole(runOf(whole))], ['b', 'ac', 2])
  })

  it('takes up an answer again whose way was gone, and none that was stopped or is over', () => {
    const told2: RunEvent[] = [{ type: 'text', run: 'r', ms: 1, n: 1, text: 'a' }]
    const again: RunEvent = { type: 'reattach', run: 'r', ms: 9, after: 1 }
    const failed = live([...told2, { type: 'fail', run: 'r', ms: 2, error: CUT }, again])
    assert.equal(runOf(failed).error, undefined)
    assert.equal(runOf(failed).endedMs, undefined)
    assert.deepEqual(runOf(failed).gaps, [{ kind: 'away', from: 1 }])
    const twice = fold(failed, again)
    assert.deepEqual(runOf(twice).gaps, [{ kind: 'away', from: 1 }])
    const on = foldAll(
      [
        { type: 'text', run: 'r', ms: 20, n: 2, text: 'b' },
        { type: 'caught-up', run: 'r', ms: 20, events: 1 },
      ],
      twice,
    )
    assert.deepEqual(runOf(on).gaps, [{ kind: 'away', from: 1, to: 20 }])
    assert.equal(runOf(on).fetchedAgain, 1)
    const stopped = live([...told2, { type: 'stop', run: 'r', ms: 2, by: 'person' }, again])
    assert.equal(runOf(stopped).stoppedBy, 'person')
    const over = live([
      { type: 'finish', run: 'r', ms: 2, n: 1, reason: 'stop' },
      { type: 'fail', run: 'r', ms: 3, error: CUT },
      again,
    ])
    assert.equal(runOf(over).error, undefined)
    assert.equal(runOf(over).endedMs, 3)
  })

  it('keeps the time of the first head, and learns of receipts and faults behind the end', () => {
    const head = { type: 'head', run: 'r', status: 200, requestId: 'q', countsApproximate: false } as const
    const receipt = { cost: '0.1', currency: 'USD', hit: 1, miss: 2, output: 3, engine: 'e', held: '1' }
    const conversation = live([
      { type: 'queued', run: 'r', ms: 1 },
      { type: 'queued', run: 'r', ms: 1, ahead: 3, aboutMs: 8000 },
      { ...head, ms: 5 },
      { ...head, ms: 50, streamId: 's' },
      { type: 'stop', run: 'r', ms: 60, by: 'person' },
      { type: 'receipt', run: 'r', ms: 70, receipt },
      { type: 'checked', run: 'r', ms: 70, faults: [{ path: '/a', words: 'b' }], more: 1 },
      { ...head, ms: 80, streamId: 'other' },
    ])
    const run = runOf(conversation)
    assert.deepEqual([run.head?.ms, run.head?.streamId, run.queued?.ahead], [5, 's', 3])
    assert.deepEqual([run.receipt, run.faults?.more], [receipt, 1])
  })

  it('keeps what is limited within its limits', () => {
    const kinds = ['reasoning', 'text'] as const
    const changing = Array.from({ length: 600 }, (_, n): RunEvent => ({
      type: kinds[n % 2] ?? 'text',
      run: 'r',
      ms: n,
      n: n + 1,
      text: 'x',
    }))
    assert.equal(runOf(live(changing)).stretches.length, 512)
    const seams = Array.from({ length: 80 }, (_, n): RunEvent => ({
      type: 'seam',
      run: 'r',
      ms: n,
      key: `${n}`,
      from: 'a',
      to: 'b',
      reason: 'c',
    }))
    assert.equal(runOf(live(seams)).seams.length, 64)
  })

  it('gives a call its result, takes it back, and knows no call that is not there', () => {
    const called = live([
      { type: 'tool-call', run: 'r', ms: 1, n: 1, call: 0, arguments: '{' },
      { type: 'tool-call', run: 'r', ms: 2, n: 2, call: 0, id: 'f:0', name: 'f', arguments: '}' },
      { type: 'tool-call', run: 'r', ms: 2, n: 3, call: 7, arguments: '' },
    ])
    assert.deepEqual(runOf(called).calls[0], { index: 0, id: 'f:0', name: 'f', arguments: '{}', from: 1, to: 2 })
    const given = fold(called, { type: 'result', run: 'r', call: 0, text: 'ok' })
    assert.equal(runOf(given).calls[0]?.result, 'ok')
    assert.equal(runOf(fold(given, { type: 'result', run: 'r', call: 0, text: null })).calls[0]?.result, undefined)
    assert.equal(fold(called, { type: 'result', run: 'x', call: 0, text: '' }), called)
  })

  it('is not moved by events of a run that nobody began, nor by a second beginning', () => {
    const conversation = live([])
    assert.equal(fold(conversation, begun()), conversation)
    assert.equal(fold(conversation, { type: 'text', run: 'x', ms: 1, n: 1, text: 'a' }), conversation)
    assert.equal(
      fold(live([{ type: 'text', run: 'r', ms: 1, n: 1, text: 'a' }]), { type: 'settings', settings: { n: 1 } })
        .settings['n'],
      1,
    )
    assert.deepEqual(fold(NEW_CONVERSATION, begun('r', 'a', 'nowhere')).children[''], ['a'])
  })
})
