import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { ByteCells, type Stored } from './byte-cells.ts'

test('gives back what was stored, whatever else came and went', () => {
  const random = seededRandom(7)
  const cells = new ByteCells()
  const kept: { bytes: Uint8Array; stored: Stored }[] = []
  for (let round = 0; round < 3_000; round += 1) {
    if (kept.length > 0 && random() < 0.48) {
      const [gone] = kept.splice(Math.floor(random() * kept.length), 1)
      assert.ok(gone)
      assert.deepEqual(cells.read(gone.stored), gone.bytes)
      cells.release(gone.stored)
      continue
    }
    const bytes = Uint8Array.from({ length: Math.floor(random() * 9_000) }, () => Math.floor(random() * 256))
    kept.push({ bytes, stored: cells.store(bytes) })
  }
  for (const { bytes, stored } of kept) assert.deepEqual(cells.read(stored), bytes)
})
