import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBelievable } from './believable-usage.ts'
import type { GenerationEvent } from './event.ts'
import { Meter } from './meter.ts'

const ANSWER = 'seven words have some thirty-six bytes. '.repeat(25)
const WORDS = 150

interface Case {
  readonly prompt?: number
  readonly completion?: number
  readonly most?: number
  readonly events?: readonly GenerationEvent[]
  /** What is known of the prompt, whose count is 1000. */
  readonly known?: number
  readonly atMost?: number
}

/** Whether it is believed, and how often something was counted for that. Each word is a token. */
async function believed({ prompt = 1_000, completion = 200, most = 32_768, ...more }: Case) {
  let counts = 0
  const countText = (text: string): number => {
    counts += 1
    return text.match(/\S+/g)?.length ?? 0
  }
  const certainly = (): number => {
    counts += 1
    return 1_000
  }
  const { known, atMost = 4_000 } = more
  const meter = new Meter({ countText, countTextAside: countText }, { known, atMost, owner: undefined, certainly })
  for (const event of more.events ?? [{ type: 'text', choice: 0, text: ANSWER } as const]) meter.see(event)
  const usage = { prompt, completion, cached: 0 }
  meter.mostCompletion = most
  return [await isBelievable(usage, meter), counts]
}

describe('a usage', () => {
  it('is believed without a count where bytes can tell', async () => {
    assert.deepEqual(await believed({}), [true, 0])
    assert.deepEqual(await believed({ known: 1_000 }), [true, 0])
    const chinese = { type: 'text', choice: 0, text: '你好世界'.repeat(250) } as const
    assert.deepEqual(await believed({ completion: 700, events: [chinese] }), [true, 0])
  })

  it('of small things is believed with what may stand around them', async () => {
    assert.deepEqual(await believed({ completion: 60, events: [] }), [true, 0])
    assert.deepEqual(await believed({ completion: 66, events: [] }), [false, 0])
  })

  it('is not believed beyond the budget', async () => {
    assert.deepEqual(await believed({ completion: 200, most: 200 }), [true, 0])
    assert.deepEqual(await believed({ completion: 202, most: 200 }), [false, 0])
  })

  it('is not believed for more than twice of what we count of the answer, or a quarter of it', async () => {
    const more = ANSWER.length / 2 + 70
    assert.deepEqual(await believed({ completion: more }), [false, 1])
    assert.deepEqual(await believed({ completion: 5_000_000, most: 10_000_000 }), [false, 1])
    assert.deepEqual(
      await believed({ completion: 0, events: [{ type: 'text', choice: 0, text: 'a '.repeat(1_000) }] }),
      [false, 1],
    )
    // A text so dense that half of its bytes are tokens.
    const dense = { type: 'reasoning', choice: 0, text: 'a '.repeat(1_000) } as const
    assert.deepEqual(await believed({ completion: 1_900, events: [dense] }), [true, 1])
    assert.ok(WORDS < more)
  })

  it('is not believed for more than twice of what we count of the prompt, or a quarter of it', async () => {
    assert.deepEqual(await believed({ prompt: 2_256 }), [true, 0])
    assert.deepEqual(await believed({ prompt: 2_256, known: 1_000 }), [true, 0])
    assert.deepEqual(await believed({ prompt: 2_257, known: 1_000 }), [false, 0])
    assert.deepEqual(await believed({ prompt: 2_300 }), [false, 1])
    assert.deepEqual(await believed({ prompt: 1, known: 1_000 }), [true, 0])
    assert.deepEqual(await believed({ prompt: 1, known: 2_000 }), [false, 0])
    assert.deepEqual(await believed({ prompt: 1, atMost: 40_000 }), [true, 1])
    // Where nothing bounds a prompt it is counted.
    assert.deepEqual(await believed({ atMost: Infinity }), [true, 1])
  })

  it('of calls is believed with the markers around them', async () => {
    const call = { type: 'tool-call', choice: 0, call: 0, name: 'f', arguments: '{}' } as const
    assert.deepEqual(await believed({ completion: 80, events: [call] }), [true, 0])
    assert.deepEqual(await believed({ completion: 90, events: [call] }), [false, 1])
  })
})
