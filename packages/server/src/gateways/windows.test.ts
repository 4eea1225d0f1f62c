import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type WindowCell, type WindowShape, added, cellsIn, sumOf, waitOf } from './windows.ts'

describe('a window', () => {
  it('that is fixed begins anew as a whole', () => {
    const shape: WindowShape = { lengthMs: 1_000, technique: 'fixed' }
    let cells: readonly WindowCell[] = []
    for (const at of [5_100, 5_900]) cells = added(cells, shape, at, 1)
    assert.deepEqual(cells, [[5_000, 2]])
    assert.deepEqual([sumOf(cellsIn(cells, shape, 5_999)), waitOf(cells, shape, 5_999)], [2, 1])
    assert.deepEqual(cellsIn(cells, shape, 6_000), [])
  })

  it('that slides lets go of what is older, never early and at most a sixtieth late', () => {
    const shape: WindowShape = { lengthMs: 60_000, technique: 'sliding' }
    let cells: readonly WindowCell[] = []
    for (const at of [100_000, 100_500, 130_000]) cells = added(cells, shape, at, 2)
    assert.deepEqual(cells, [
      [100_000, 4],
      [130_000, 2],
    ])
    assert.equal(sumOf(cellsIn(cells, shape, 160_999)), 6)
    assert.equal(sumOf(cellsIn(cells, shape, 161_000)), 2)
    assert.deepEqual(cellsIn(cells, shape, 191_000), [])
  })

  it('holds no more than its cells, however much is added', () => {
    const shape: WindowShape = { lengthMs: 60_000, technique: 'sliding' }
    let cells: readonly WindowCell[] = []
    for (let at = 0; at < 1_000_000; at += 137) cells = added(cells, shape, at, 1)
    assert.ok(cells.length <= 62, String(cells.length))
    const counted = sumOf(cells)
    assert.ok(counted >= 60_000 / 137 && counted <= 61_000 / 137 + 8, String(counted))
  })

  it('adds to its last cell where the clock goes back', () => {
    const shape: WindowShape = { lengthMs: 60_000, technique: 'sliding' }
    assert.deepEqual(added(added([], shape, 100_000, 1), shape, 90_000, 1), [[100_000, 2]])
  })
})
