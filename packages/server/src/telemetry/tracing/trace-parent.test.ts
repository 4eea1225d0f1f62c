import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { traceParent } from './trace-parent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('traceParent', () => {
  it('reads whose part a request is, and whether the caller keeps the trace', () => {
    const parent = { traceId: TRACE, spanId: SPAN, isRemote: true }
    assert.deepEqual(traceParent(`00-${TRACE}-${SPAN}-01`), { ...parent, traceFlags: 1 })
    assert.deepEqual(traceParent(`00-${TRACE}-${SPAN}-02`), { ...parent, traceFlags: 0 })
    assert.deepEqual(traceParent(`cc-${TRACE}-${SPAN}-01-what-comes-later`), { ...parent, traceFlags: 1 })
  })

  it('takes nothing else for a parent', () => {
    for (const header of [
      undefined,
      '',
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-01-more`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    ]) {
      assert.equal(traceParent(header), undefined, header)
    }
  })
})
