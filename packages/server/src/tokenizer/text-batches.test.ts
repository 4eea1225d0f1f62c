import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { array, assert as holds, integer, property, string } from 'fast-check'
import { type TextBatch, textBatches } from './text-batches.ts'

/** As the other side reads them. */
function joined(batches: readonly TextBatch[]): string[] {
  const texts: string[] = []
  let begun = ''
  for (const { texts: parts, open } of batches) {
    for (const [index, part] of parts.entries()) {
      begun += part
      if (open && index === parts.length - 1) break
      texts.push(begun)
      begun = ''
    }
  }
  assert.equal(begun, '')
  return texts
}

describe('batches of texts', () => {
  it('give every text again that is not empty, whatever the size of a batch', () => {
    holds(
      property(array(string({ unit: 'binary', maxLength: 40 })), integer({ min: 1, max: 50 }), (texts, units) => {
        const batches = [...textBatches(texts, units)]
        assert.deepEqual(
          joined(batches),
          texts.filter((text) => text !== ''),
        )
        for (const batch of batches) {
          assert.ok(batch.texts.length > 0)
          assert.ok(batch.texts.reduce((sum, text) => sum + text.length, 0) <= units)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('hold a bounded number of texts, however short they are', () => {
    const batches = [...textBatches(Array.from({ length: 100_000 }, () => 'a'))]
    assert.ok(batches.length > 20)
    assert.equal(joined(batches).length, 100_000)
  })
})
