import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Linked, LinkedList } from './linked-list.ts'

class Member implements Linked<Member> {
  readonly name: number
  list: unknown = undefined
  before: Member | undefined
  after: Member | undefined

  constructor(name: number) {
    this.name = name
  }
}

describe('a linked list', () => {
  it('has what a set has that is joined and left alike, in its order', () => {
    const members = Array.from({ length: 5 }, (_, name) => new Member(name))
    const deeds = fc.array(fc.tuple(fc.boolean(), fc.nat(members.length - 1)), { maxLength: 40 })
    fc.assert(
      fc.property(deeds, (done) => {
        const list = new LinkedList<Member>()
        const set = new Set<Member>()
        for (const [joins, at] of done) {
          const member = members[at]
          assert.ok(member)
          if (!joins) assert.equal(list.delete(member), set.delete(member))
          else if (!set.has(member)) {
            list.add(member)
            set.add(member)
          }
          assert.deepEqual([[...list].map(({ name }) => name), list.size], [[...set].map(({ name }) => name), set.size])
          assert.equal(list.last, [...set].at(-1))
        }
        for (const member of list) list.delete(member)
        assert.equal(list.size, 0)
      }),
    )
  })

  it('lets nobody leave who is in another one', () => {
    const [one, other] = [new LinkedList<Member>(), new LinkedList<Member>()]
    const member = new Member(1)
    one.add(member)
    assert.deepEqual([other.delete(member), one.size, one.delete(member)], [false, 1, true])
  })
})
