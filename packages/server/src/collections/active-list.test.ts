import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ActiveList } from './active-list.ts'

const exchange = (name: string) => ({ name, place: -1 })
const names = (active: ActiveList<ReturnType<typeof exchange>>): string[] =>
  active
    .list()
    .map(({ name }) => name)
    .toSorted()

describe('ActiveList', () => {
  it('holds whoever joined and has not left, in whatever order they leave', () => {
    const active = new ActiveList<ReturnType<typeof exchange>>()
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(exchange)
    assert.ok(a && b && c && d)
    for (const one of [a, b, c, d]) active.add(one)
    active.remove(b)
    assert.deepEqual(names(active), ['a', 'c', 'd'])
    active.remove(d)
    active.remove(a)
    assert.deepEqual(names(active), ['c'])
    active.add(b)
    active.remove(c)
    active.remove(b)
    assert.deepEqual(names(active), [])
  })

  it('says when nobody is left', async () => {
    const active = new ActiveList<ReturnType<typeof exchange>>()
    await active.idle()
    const one = exchange('a')
    active.add(one)
    let idle = false
    const waiting = active.idle().then(() => (idle = true))
    await Promise.resolve()
    assert.equal(idle, false)
    active.remove(one)
    await waiting
  })
})
