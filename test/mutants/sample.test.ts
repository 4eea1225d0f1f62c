/** The sample that the mutation score is of. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawSample, intervalOf } from './sample.ts'

const LINES = new Map([
  ['large', 900],
  ['small', 100],
])

function mutantsOf(folder: string, count: number): { folder: string; key: string }[] {
  return Array.from({ length: count }, (_, index) => ({ folder, key: `${folder} ${index}` }))
}

const ALL = [...mutantsOf('large', 500), ...mutantsOf('small', 500)]

function ofFolder(drawn: readonly { readonly folder: string }[], folder: string): number {
  return drawn.filter((mutant) => mutant.folder === folder).length
}

describe('a sample of mutants', () => {
  it('is spread by lines, and not by how many mutants a folder has', () => {
    const drawn = drawSample(ALL, LINES, 100, 1)
    assert.deepEqual([ofFolder(drawn, 'large'), ofFolder(drawn, 'small')], [90, 10])
    assert.equal(new Set(drawn).size, 100)
  })

  it('is spread in the same way wherever it is ended', () => {
    const drawn = drawSample(ALL, LINES, 100, 1)
    for (const end of [20, 50, 80]) {
      assert.ok(Math.abs(ofFolder(drawn.slice(0, end), 'small') - end / 10) <= 1, `the first ${end}`)
    }
  })

  it('is another one for another seed, and the same for the same, in whatever order they come', () => {
    const keys = (all: typeof ALL, seed: number): string[] => drawSample(all, LINES, 100, seed).map(({ key }) => key)
    assert.deepEqual(keys(ALL.toReversed(), 1), keys(ALL, 1))
    assert.notDeepEqual(keys(ALL, 2).toSorted(), keys(ALL, 1).toSorted())
  })

  it('keeps what it has drawn when mutants of another folder come or go', () => {
    const before = drawSample(ALL, LINES, 100, 1).filter(({ folder }) => folder === 'small')
    const after = drawSample(ALL.slice(100), LINES, 100, 1).filter(({ folder }) => folder === 'small')
    assert.deepEqual(after, before)
  })

  it('takes all of a folder that has fewer than its share', () => {
    const drawn = drawSample([...mutantsOf('large', 40), ...mutantsOf('small', 500)], LINES, 100, 1)
    assert.deepEqual([ofFolder(drawn, 'large'), ofFolder(drawn, 'small')], [40, 10])
  })
})

it('a share of a sample has an interval, wider where fewer were tried', () => {
  const { low, high } = intervalOf(850, 1000)
  assert.deepEqual([low.toFixed(3), high.toFixed(3)], ['0.827', '0.871'])
  const few = intervalOf(17, 20)
  assert.ok(few.low < low && few.high > high)
  assert.equal(intervalOf(20, 20).high.toFixed(6), '1.000000')
  assert.deepEqual(intervalOf(0, 0), { low: 0, high: 1 })
})
