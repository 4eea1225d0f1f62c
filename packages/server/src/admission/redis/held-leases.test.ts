import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeldLeases } from './held-leases.ts'
import { Lease } from './lease.ts'

const NONE = { concurrency: null, rpm: null, tpm: null, tpd: null }

function leaseOf(id: string, within = false): Lease {
  const subjects = [{ scope: 'organisation' as const, id: 'org-1', limits: { ...NONE, concurrency: 9, tpm: 9_000 } }]
  const lease = new Lease(id, { subjects, tokens: 100, within }, subjects)
  lease.counted(1, 1)
  return lease
}

/** A Redis that answers when it is told to. */
function bench() {
  const state = { isUsable: true, isConnected: true }
  const calls: { readonly words: readonly string[]; answer(): void; fail(): void; late(): void }[] = []
  const rooms: string[] = []
  const held = new HeldLeases({
    connection: {
      get isUsable() {
        return state.isUsable
      },
      get isConnected() {
        return state.isConnected
      },
      run: (_, words, onLate) =>
        new Promise((resolve, reject) => {
          calls.push({
            words,
            answer: () => resolve(1),
            fail: () => reject(new Error('it took too long')),
            late: () => onLate?.(1),
          })
        }),
    },
    leaseMs: 30_000,
    time: () => '',
    onTime: () => undefined,
    onRoom: (organisation) => void rooms.push(organisation),
    onFailure: () => undefined,
  })
  return { held, state, calls, rooms }
}

describe('leases', () => {
  it('are renewed a thousand in a call, and each once', async () => {
    const { held, calls } = bench()
    const ids = Array.from({ length: 2_100 }, (_, index) => `lease-${index}`)
    for (const id of ids) held.hold(leaseOf(id))
    const renewed = held.renew()
    const told = calls.map(({ words }) => words.filter((word) => word.startsWith('lease-')))
    assert.deepEqual(
      told.map(({ length }) => length),
      [1_000, 1_000, 100],
    )
    assert.deepEqual(told.flat().toSorted(), ids.toSorted())
    for (const call of calls) call.answer()
    await renewed
  })

  it('are renewed one time after the other, and not while Redis is away', async () => {
    const { held, state, calls } = bench()
    const first = held.renew()
    await held.renew()
    assert.equal(calls.length, 1)
    calls[0]?.answer()
    await first
    state.isConnected = false
    await held.renew()
    assert.equal(calls.length, 1)
    state.isConnected = true
    void held.renew()
    assert.equal(calls.length, 2)
  })

  it('whose ends were owed are told once at a time', async () => {
    const { held, state, calls, rooms } = bench()
    state.isUsable = false
    held.end(leaseOf('a'), 10)
    assert.deepEqual([held.owed, calls.length], [1, 0])
    state.isUsable = true
    const paid = held.payUp()
    await held.payUp()
    assert.equal(calls.length, 1)
    calls[0]?.answer()
    await paid
    assert.deepEqual([held.owed, rooms], [0, ['org-1']])
    await held.payUp()
    assert.equal(calls.length, 1)
  })

  it('of which Redis says late what it has given back make room then', async () => {
    const { held, calls, rooms } = bench()
    held.giveBack(leaseOf('a'), 10)
    calls[0]?.fail()
    await Promise.resolve()
    assert.deepEqual(rooms, [])
    calls[0]?.late()
    assert.deepEqual(rooms, ['org-1'])
  })
})
