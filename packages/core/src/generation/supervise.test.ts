import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { approximateTokenCounter } from './approximate-token-counter.ts'
import { EngineError, type EngineErrorKind } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'
import { foldReply } from './fold-reply.ts'
import { Meter } from './meter.ts'
import { supervise } from './supervise.ts'

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const finish = (choice = 0): GenerationEvent => ({ type: 'finish', choice, reason: 'stop' })
const usage: GenerationEvent = { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 } }
const call = (index: number, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  arguments: '{}',
  ...(name === undefined ? {} : { name }),
})

async function* from(events: readonly GenerationEvent[], failure?: unknown) {
  yield* events
  if (failure !== undefined) throw failure
}

function watch(source: AsyncIterable<GenerationEvent>, options: { choices?: number; signal?: AbortSignal } = {}) {
  const meter = new Meter(approximateTokenCounter(), () => 11)
  const signal = options.signal ?? new AbortController().signal
  return { meter, events: supervise(source, { engine: 'e', choices: options.choices ?? 1, meter, signal }) }
}

async function failureOf(events: readonly GenerationEvent[], choices = 1): Promise<EngineErrorKind | 'none'> {
  try {
    for await (const _ of watch(from(events), { choices }).events);
  } catch (error) {
    assert.ok(error instanceof EngineError)
    return error.kind
  }
  return 'none'
}

describe('a supervised stream', () => {
  it('ends well only with a finish for every choice', async () => {
    const whole = [start, text('a'), finish(), usage]
    assert.equal(await failureOf(whole), 'none')
    for (let cut = 0; cut < 3; cut += 1)
      assert.equal(await failureOf(whole.slice(0, cut)), 'cut', `after ${cut} events`)
    assert.equal(await failureOf([start, finish(0)], 2), 'cut')
    assert.equal(await failureOf([start, finish(0), finish(1)], 2), 'none')
  })

  it('refuses what the protocol of events does not allow', async () => {
    const broken: GenerationEvent[][] = [
      [text('a')],
      [start, start],
      [start, finish(), text('late')],
      [start, finish(), finish()],
      [start, usage],
      [start, finish(), usage, usage],
      [start, text('a', 1)],
      [start, text('a', -1)],
      [start, call(0)],
      [start, call(0, '')],
      [start, call(1, 'f')],
      [start, call(0, 'f'), call(2, 'g')],
    ]
    for (const events of broken) assert.equal(await failureOf(events), 'protocol', JSON.stringify(events))
    assert.equal(await failureOf([start, call(0, 'f'), call(1, 'g'), call(0), finish()]), 'none')
  })

  it('counts what passed when the engine does not, also when the stream fails', async () => {
    const complete = watch(from([start, text('one two three'), finish()]))
    const seen = await Array.fromAsync(complete.events)
    assert.deepEqual(seen.at(-1), { type: 'usage', usage: { prompt: 11, completion: 3, cached: 0, reasoning: 0 } })
    const failed = watch(from([start, text('one two')], new EngineError('cut', 'gone', { engine: 'e' })))
    await assert.rejects(Array.fromAsync(failed.events), { kind: 'cut' })
    assert.equal(failed.meter.usage().completion, 2)
  })

  it('believes the engine that counts', async () => {
    const { events, meter } = watch(from([start, text('a'), finish(), usage]))
    assert.equal((await Array.fromAsync(events)).filter((event) => event.type === 'usage').length, 1)
    assert.equal(meter.usage().completion, 2)
  })

  it('turns whatever an engine throws into an EngineError', async () => {
    await assert.rejects(Array.fromAsync(watch(from([start], new TypeError('x is not a function'))).events), {
      kind: 'protocol',
    })
    const signal = AbortSignal.abort()
    await assert.rejects(Array.fromAsync(watch(from([start], new Error('stopped')), { signal }).events), {
      kind: 'aborted',
    })
  })
})

describe('a folded reply', () => {
  it('joins what belongs together, by choice and by call', async () => {
    const reply = await foldReply(
      from([
        start,
        { type: 'reasoning', choice: 0, text: 'r1' },
        { type: 'reasoning', choice: 0, text: 'r2' },
        text('b', 1),
        text('a'),
        call(0, 'f'),
        { ...call(1, 'g'), id: 'x' } as GenerationEvent,
        call(0),
        text('a'),
        finish(1),
        { type: 'finish', choice: 0, reason: 'tool_calls' },
        usage,
      ]),
    )
    assert.deepEqual(reply.choices, [
      {
        reasoning: 'r1r2',
        text: 'aa',
        toolCalls: [
          { name: 'f', arguments: '{}{}' },
          { name: 'g', id: 'x', arguments: '{}' },
        ],
        finish: 'tool_calls',
      },
      { reasoning: '', text: 'b', toolCalls: [], finish: 'stop' },
    ])
  })

  it('holds no more than its limit', async () => {
    const piece = 'x'.repeat(8 * 1024 * 1024)
    const many = Array.from({ length: 9 }, () => text(piece))
    await assert.rejects(foldReply(from([start, ...many, finish()])), { kind: 'limit' })
  })
})
