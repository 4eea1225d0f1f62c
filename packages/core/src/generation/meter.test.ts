import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GenerationEvent, ReportedUsage } from './event.ts'
import { Meter } from './meter.ts'

const REPORT = { prompt: 9, completion: 20, cached: 4 }
const thought = (text: string, choice = 0): GenerationEvent => ({ type: 'reasoning', choice, text })
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const usage = (report: ReportedUsage): GenerationEvent => ({ type: 'usage', usage: report })

const PROMPT = { known: 100, owner: 'org-1', certainly: () => 100 }

/** Counts characters, and how often it was asked to. */
function metered(...events: readonly GenerationEvent[]): { readonly meter: Meter; readonly counted: string[] } {
  const counted: string[] = []
  const countText = (given: string): number => {
    counted.push(given)
    return given.length
  }
  const meter = new Meter({ countText, countTextAside: countText }, PROMPT)
  for (const event of events) meter.see(event)
  return { meter, counted }
}

describe('the meter', () => {
  test('believes an engine that reports everything, and counts nothing', () => {
    const { meter, counted } = metered(thought('hm'), text('Hi'), usage({ ...REPORT, reasoning: 7 }))
    assert.deepEqual(meter.usage(), { ...REPORT, reasoning: 7 })
    assert.deepEqual([meter.reported, meter.fillsIn, counted], [true, false, []])
  })

  test('counts the thought alone, and once, where an engine reports all but that', () => {
    const { meter, counted } = metered(thought('h'), thought('m'), text('Hi'), usage(REPORT))
    assert.deepEqual(counted, [])
    assert.deepEqual(meter.usage(), { ...REPORT, reasoning: 2 })
    assert.deepEqual(meter.usage(), { ...REPORT, reasoning: 2 })
    assert.deepEqual([meter.reported, meter.fillsIn, counted], [true, true, ['hm']])
  })

  test('counts nothing of an answer without a thought', () => {
    const { meter, counted } = metered(text('Hi'), usage(REPORT))
    assert.deepEqual(meter.usage(), { ...REPORT, reasoning: 0 })
    assert.deepEqual([meter.fillsIn, counted], [false, []])
  })

  test('never counts more thought than was generated', () => {
    const { meter } = metered(thought('x'.repeat(99)), usage(REPORT))
    assert.equal(meter.usage().reasoning, 20)
  })

  test('counts aside before a usage is told, the prompt where nothing was reported, and then nothing here', async () => {
    const aside: string[] = []
    const later = async (given: string): Promise<number> => {
      aside.push(given)
      return given.length
    }
    const prompt = {
      known: undefined as number | undefined,
      owner: 'org-1',
      certainly: async () => (prompt.known = 100),
    }
    const meter = new Meter({ countText: () => assert.fail('it was counted here'), countTextAside: later }, prompt)
    for (const event of [thought('hm'), text('Hi')]) meter.see(event)
    assert.throws(() => meter.usage(), /not counted/)
    await meter.complete()
    assert.deepEqual(meter.usage(), { prompt: 100, cached: 0, reasoning: 2, completion: 4 })
    assert.deepEqual(aside, ['hm', 'Hi'])
    meter.see(usage(REPORT))
    await meter.complete()
    assert.deepEqual([meter.usage(), aside.length], [{ ...REPORT, reasoning: 2 }, 2])
  })

  test('never tells more than was asked for', () => {
    const { meter } = metered(thought('abc'), text('defgh'))
    meter.mostCompletion = 2
    assert.deepEqual(meter.usage(), { prompt: 100, cached: 0, completion: 2, reasoning: 2 })
  })

  test('counts here what cannot be counted aside', async () => {
    const counter = {
      countText: (given: string) => given.length,
      countTextAside: () => Promise.reject(new Error('busy')),
    }
    const meter = new Meter(counter, PROMPT)
    meter.see(text('Hi'))
    await meter.complete()
    assert.deepEqual(meter.usage(), { prompt: 100, cached: 0, reasoning: 0, completion: 2 })
  })

  test('waits for nothing where everything was reported, or nothing was thought', () => {
    for (const report of [REPORT, { ...REPORT, reasoning: 7 }]) {
      assert.equal(metered(text('Hi'), usage(report)).meter.complete(), undefined)
    }
  })

  test('counts what every choice thought as thought', () => {
    const said = [thought('ab'), thought('cde', 1), text('f'), text('gh', 1)]
    assert.equal(metered(...said, usage(REPORT)).meter.usage().reasoning, 5)
    assert.deepEqual(metered(...said).meter.usage(), { prompt: 100, cached: 0, reasoning: 5, completion: 8 })
  })
})
