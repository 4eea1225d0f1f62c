import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectEvents, collectUntilFailure, onlyChoice } from '../../../../test/support/collect-events.ts'
import { routed, scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError, type GenerationEvent, type GenerationRequest, type ReportedUsage } from '../generation/index.ts'

const start: GenerationEvent = { type: 'start', engine: 'a', model: 'm' }
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const finish = (choice = 0): GenerationEvent => ({ type: 'finish', choice, reason: 'stop' })
const usage = (prompt: number, completion: number, more: Partial<ReportedUsage> = {}): GenerationEvent => ({
  type: 'usage',
  usage: { prompt, completion, cached: 0, reasoning: 0, ...more },
})
const request = (more: Partial<GenerationRequest> = {}): GenerationRequest =>
  sampleRequest({ thinking: false, ...more })
const failed = new EngineError('cut', 'was cut', { engine: 'a' })

/** A token is a character here, and the prompt has 100. */
async function answered(events: readonly GenerationEvent[], more: Partial<GenerationRequest> = {}) {
  const engine = scriptedEngine('a', [{ events: [start, ...events] }])
  const played = routed([engine], request(more))
  const seen = await collectEvents(played.events)
  const kinds = played.trace.corrections.map(({ kind }) => kind)
  return { ...played, engine, seen, kinds, usage: seen.find((event) => event.type === 'usage')?.usage }
}

describe('an engine that goes on', () => {
  it('behind its budget is let go there: the answer ends with length, and is billed as it was given', async () => {
    const said = [text('Hello '), text('world, '), text('and on'), text(' and on'), finish(), usage(100, 26)]
    const { seen, engine, kinds, usage: billed, trace } = await answered(said, { maxCompletionTokens: 14 })
    assert.deepEqual(seen.slice(1, -1), [
      text('Hello '),
      text('world, '),
      text('a'),
      { type: 'finish', choice: 0, reason: 'length' },
    ])
    assert.deepEqual([billed, kinds], [{ prompt: 100, cached: 0, completion: 14, reasoning: 0 }, ['over-budget']])
    assert.deepEqual([engine.returned, trace.ends.map(({ outcome }) => outcome)], [1, ['complete']])
  })

  it('to the last token of its budget was right, whatever had to be counted', async () => {
    // Five characters are fifteen bytes, and might be as many tokens.
    const { seen, kinds } = await answered([text('你好世界吗'), finish()], { maxCompletionTokens: 14 })
    assert.deepEqual([onlyChoice(seen).text, onlyChoice(seen).finish, kinds], ['你好世界吗', 'stop', []])
  })

  it('with what may begin a stop string has begun all the same', async () => {
    const { seen } = await answered([text('wor'), text('ms'), finish()], { stop: ['world'] })
    assert.deepEqual(seen.slice(0, 2), [start, text('worms')])
  })

  it('behind a stop string is let go there', async () => {
    const said = [text('Hello wo'), text('rld, and on'), text(' and on'), finish(), usage(100, 26)]
    const { seen, engine, kinds, usage: billed } = await answered(said, { stop: ['world'] })
    assert.equal(onlyChoice(seen).text, 'Hello ')
    assert.deepEqual(
      seen.filter(({ type }) => type === 'finish'),
      [{ type: 'finish', choice: 0, reason: 'stop', stop: 'world' }],
    )
    assert.deepEqual([billed?.completion, kinds, engine.returned], [6, ['past-stop'], 1])
  })

  it('behind either is not believed what it counted, also where all came at once', async () => {
    const said = [start, text('Hello world, and on'), finish(), usage(100, 26)]
    for (const [more, completion] of [
      [{ stop: ['world'] }, 6],
      [{ maxCompletionTokens: 14 }, 14],
    ] as const) {
      const batches = async function* (): AsyncGenerator<readonly GenerationEvent[], undefined> {
        yield said
        return undefined
      }
      const source = { batches, async *[Symbol.asyncIterator]() { yield* said } } // prettier-ignore
      const engine = { ...scriptedEngine('a', []), generate: () => source }
      const seen = await collectEvents(routed([engine], request(more)).events)
      assert.deepEqual(seen.at(-1), usage(100, completion))
    }
  })

  it('in one of its choices is heard to the end of the others', async () => {
    const sampling = { ...sampleRequest().sampling, n: 2 }
    const said = [text('aaaa', 0), text('bb', 1), text('cc', 0), text('b', 1), finish(1), text('late', 0), finish(0)]
    const { seen } = await answered(said, { sampling, maxCompletionTokens: 5 })
    assert.deepEqual(seen.slice(1, -1), [
      text('aaaa', 0),
      text('bb', 1),
      text('c', 0),
      { type: 'finish', choice: 0, reason: 'length' },
      text('b', 1),
      finish(1),
    ])
  })

  it('over a seam has one budget for all of the answer', async () => {
    const played = routed(
      [
        scriptedEngine('a', [{ events: [start, text('Hello ')], failure: failed }]),
        scriptedEngine('b', [{ events: [start, text('wor'), text('ld!'), text('!!'), finish()] }]),
      ],
      request({ maxCompletionTokens: 10 }),
    )
    const seen = await collectEvents(played.events)
    assert.deepEqual([onlyChoice(seen).text, onlyChoice(seen).finish], ['Hello worl', 'length'])
    assert.equal(played.meter.usage().completion, 10)
  })

  it('with more bytes than any answer of its budget has is a failure by that name, and never complete', async () => {
    const blank = Array.from({ length: 30 }, () => text(' '.repeat(4_096)))
    const engine = scriptedEngine('a', [{ events: [start, ...blank, finish()] }])
    const { events, meter } = routed([engine], request({ maxCompletionTokens: 10 }))
    // By characters it would end long before.
    meter.countAside = () => 1
    const { failure, events: seen } = await collectUntilFailure(events)
    assert.ok(failure instanceof EngineError && failure.kind === 'limit')
    assert.ok(!seen.some(({ type }) => type === 'finish'))
    assert.equal(failure.toApiError('m').publicMessage, 'The answer passed the limit of 68096 bytes and was stopped')
  })
})

describe('a usage', () => {
  const said = [text('Hello world'), finish()]

  it('is that of the engine where it can be true', async () => {
    const { usage: told, kinds, meter } = await answered([...said, usage(90, 5, { cached: 80 })])
    assert.deepEqual([told, kinds, meter.reported], [{ prompt: 90, completion: 5, cached: 80, reasoning: 0 }, [], true])
  })

  it('is our own where it cannot', async () => {
    for (const lie of [
      usage(5_000_000, 5),
      usage(100, 5_000_000),
      usage(100, 32_769),
      usage(2 ** 53 - 1, 2 ** 53 - 1),
    ]) {
      const { usage: told, kinds, meter } = await answered([...said, lie], { maxCompletionTokens: 32_768 })
      assert.deepEqual(told, { prompt: 100, cached: 0, completion: 11, reasoning: 0 })
      assert.deepEqual([kinds, meter.reported], [['usage'], false])
    }
  })

  it('that comes twice, or before the end, is still a failure behind what was given', async () => {
    const twice = await answered([...said, usage(90, 5), usage(90, 6)])
    assert.equal(twice.usage?.completion, 5)
  })
})
