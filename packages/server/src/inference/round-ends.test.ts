/** How rounds of an answer end, and what they cost together. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Inference, Receipt } from './inference.ts'
import { letGo, sumOfReceipts } from './round-ends.ts'

function receipt(cost: number, tokens?: number): Receipt {
  const usage =
    tokens === undefined ? undefined : { prompt: tokens, cached: 1, completion: tokens * 2, reasoning: tokens }
  const engine = usage === undefined ? null : `engine ${cost}`
  return { request: `round of ${cost}`, cost, currency: 'USD', usage, engine, held: 100 }
}

const round = (of: Receipt | undefined): Inference => ({ receipt: of }) as unknown as Inference

describe('rounds that are let go', () => {
  const roundThat = (done: unknown[], fails = false): Inference => {
    const end = (how: string) => async (error?: unknown) => {
      done.push([how, error])
      if (fails) throw new Error('it fails as it is let go')
    }
    return { events: { return: end('returned'), throw: end('thrown into') } } as unknown as Inference
  }

  it('are left where their reader left', async () => {
    const done: unknown[] = []
    await letGo([roundThat(done), roundThat(done, true), roundThat(done)], undefined)
    assert.deepEqual(done, [
      ['returned', undefined],
      ['returned', undefined],
      ['returned', undefined],
    ])
  })

  it('fail with what their reader failed with', async () => {
    const done: unknown[] = []
    const failure = new Error('the writer broke')
    await letGo([roundThat(done, true), roundThat(done)], failure)
    assert.deepEqual(done, [
      ['thrown into', failure],
      ['thrown into', failure],
    ])
  })

  it('may have no such end', async () => {
    await letGo([{ events: {} } as unknown as Inference], undefined)
    await letGo([{ events: {} } as unknown as Inference], new Error('x'))
  })
})

describe('the receipt of all rounds', () => {
  it('is there when one has ended, under the id of the answer', () => {
    assert.equal(sumOfReceipts('answer', []), undefined)
    assert.equal(sumOfReceipts('answer', [round(undefined)]), undefined)
    assert.deepEqual(sumOfReceipts('answer', [round(undefined), round(receipt(5, 3))]), {
      ...receipt(5, 3),
      request: 'answer',
    })
  })

  it('adds up what was paid and what was used', () => {
    const sum = sumOfReceipts('answer', [round(receipt(5, 3)), round(receipt(7, 4)), round(receipt(1, 1))])
    assert.deepEqual(sum, {
      request: 'answer',
      cost: 13,
      currency: 'USD',
      usage: { prompt: 8, cached: 3, completion: 16, reasoning: 8 },
      engine: 'engine 1',
      held: 300,
    })
  })

  it('of rounds of which one gave nothing has the usage of the others', () => {
    for (const rounds of [
      [receipt(5, 3), receipt(0)],
      [receipt(0), receipt(5, 3)],
    ]) {
      const sum = sumOfReceipts('answer', rounds.map(round))
      assert.deepEqual([sum?.cost, sum?.usage, sum?.engine], [5, receipt(5, 3).usage, 'engine 5'])
    }
    assert.equal(sumOfReceipts('answer', [round(receipt(0)), round(receipt(0))])?.usage, undefined)
  })
})
