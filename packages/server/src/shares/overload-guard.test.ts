import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OverloadGuard } from './overload-guard.ts'

const LIMITS = { heap: 0.9, delayMs: 500 }
const WELL = { heapBytes: 10, heapLimitBytes: 100, delayMs: 5 }

function looking(guard: OverloadGuard, states: readonly Partial<typeof WELL>[]): string {
  return states
    .map((state) => {
      guard.look({ ...WELL, ...state })
      return guard.overload?.[0] ?? '-'
    })
    .join('')
}

const heap = (...all: readonly number[]) => all.map((heapBytes) => ({ heapBytes }))
const late = (...all: readonly number[]) => all.map((delayMs) => ({ delayMs }))

describe('the overload guard', () => {
  it('lets everybody in while all is well, and 256 clients at full load are well', () => {
    const guard = new OverloadGuard(LIMITS)
    // Of 256 answers in one turn each takes less than half a millisecond; a heap is collected at two thirds and more.
    assert.equal(looking(guard, [...late(120, 200, 480, 499, 500, 130), ...heap(60, 75, 89, 90)]), '----------')
    assert.equal(guard.refusal(), undefined)
    assert.deepEqual(guard.refused, { heap: 0, delay: 0 })
  })

  it('refuses while the heap is nearly full, until it is well below', () => {
    const guard = new OverloadGuard(LIMITS)
    assert.equal(looking(guard, heap(90, 91, 90, 81, 80, 90)), '-hhh--')
  })

  it('refuses when the event loop is late look after look, not for one hold, until it is well below', () => {
    const guard = new OverloadGuard(LIMITS)
    assert.equal(looking(guard, late(5000, 900, 900, 5, 600, 600, 600, 600, 400, 251, 250, 600)), '-------ddd--')
  })

  it('counts what it refused, and lets one in now and then, so that a heap of garbage is collected', () => {
    const guard = new OverloadGuard(LIMITS)
    looking(guard, heap(95, 95, 95, 95))
    const ask = (times: number) => Array.from({ length: times }, () => guard.refusal() ?? 'in').join(' ')
    assert.equal(ask(3), 'in heap heap')
    looking(guard, heap(95, 95, 95))
    assert.equal(ask(1), 'heap')
    looking(guard, heap(95))
    assert.equal(ask(2), 'in heap')
    assert.deepEqual(guard.refused, { heap: 4, delay: 0 })
  })

  it('can be turned off', () => {
    const guard = new OverloadGuard({ heap: 1, delayMs: 0 })
    assert.equal(looking(guard, [...heap(99, 100), ...late(9e9, 9e9, 9e9, 9e9, 9e9)]), '-------')
  })
})
