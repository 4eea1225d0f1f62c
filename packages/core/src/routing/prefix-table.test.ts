import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PrefixTable, holds, isContinued } from './prefix-table.ts'

/** Marks far apart, as hashes are. */
function mark(index: number): number {
  const scatter = (value: number, factor: number): number => {
    const mixed = Math.imul(value ^ (value >>> 15), factor)
    return (mixed ^ (mixed >>> 13)) >>> 0
  }
  return scatter(index + 1, 0x9e3779b1) * 2 ** 21 + (scatter(index + 7, 0x85ebca77) >>> 11)
}

describe('the table of prefixes', () => {
  it('knows who learned a mark, and nobody for one it never saw', () => {
    const table = new PrefixTable(64)
    table.learn(mark(1), 3)
    table.learn(mark(1), 127)
    const holders = table.holders(mark(1))
    assert.deepEqual(
      [1, 2, 3, 127].filter((replica) => holds(holders, replica)),
      [3, 127],
    )
    assert.equal(table.holders(mark(2)), 0)
    assert.equal(holds(0, 1), false)
  })

  it('keeps four replicas for a mark, those that learned it last', () => {
    const table = new PrefixTable(64)
    for (const replica of [1, 2, 3, 4, 1, 5, 5]) table.learn(mark(1), replica)
    const holders = table.holders(mark(1))
    assert.deepEqual(
      [1, 2, 3, 4, 5].filter((replica) => holds(holders, replica)),
      [1, 3, 4, 5],
    )
  })

  it('remembers that somebody went on, for marks it knows', () => {
    const table = new PrefixTable(64)
    table.continue(mark(1))
    assert.equal(isContinued(table.holders(mark(1))), false)
    table.learn(mark(1), 1)
    table.continue(mark(1))
    table.learn(mark(1), 2)
    const holders = table.holders(mark(1))
    assert.ok(isContinued(holders) && holds(holders, 1) && holds(holders, 2))
    assert.equal(holds(holders, 0), false)
  })

  it('takes its memory once, and forgets what was not used for longest', () => {
    const table = new PrefixTable(4096)
    const before = process.memoryUsage().arrayBuffers
    for (let index = 0; index < 1_000_000; index += 1) {
      table.learn(mark(index), 1)
      // Used all the time, so never the oldest.
      table.learn(mark(-5), 2)
    }
    assert.ok(process.memoryUsage().arrayBuffers < before + 100_000)
    assert.ok(holds(table.holders(mark(-5)), 2))
    let known = 0
    for (let index = 0; index < 1_000_000; index += 1) if (table.holders(mark(index)) !== 0) known += 1
    assert.equal(known, 4095)
    // Sets fill unevenly; of what a quarter of the table holds, all is there but for rare chance.
    let latest = 0
    for (let index = 999_000; index < 1_000_000; index += 1) if (table.holders(mark(index)) !== 0) latest += 1
    assert.ok(latest > 980, `${latest} of the last thousand`)
  })

  it('refuses a size that it cannot have', () => {
    for (const marks of [0, 4, 100, 2 ** 25, Number.NaN]) assert.throws(() => new PrefixTable(marks), RangeError)
  })
})
