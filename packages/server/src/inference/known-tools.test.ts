import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tool } from '@moonbase/core/generation'
import { KnownTools } from './known-tools.ts'

const SIZE = 1_000

/** Equal for equal words, and a value of its own each time: about 1,100 units of JSON. */
function tools(word: string): readonly Tool[] {
  const description = word.repeat(SIZE).slice(0, SIZE)
  return [{ type: 'function', name: 'read', description, parameters: { type: 'object', properties: {} }, strict: true }]
}

const BODY = 5_000

describe('known tools', () => {
  it('are the same value each time an owner declares them', () => {
    const known = new KnownTools()
    const first = tools('a')
    assert.equal(known.known('org-1', first, BODY), first)
    assert.equal(known.known('org-1', tools('a'), BODY), first)
    const other = tools('b')
    assert.equal(known.known('org-1', other, BODY), other)
    assert.equal(known.known('org-1', tools('a'), BODY), first)
  })

  it('are not shared between owners', () => {
    const known = new KnownTools()
    known.known('org-1', tools('a'), BODY)
    const theirs = tools('a')
    assert.equal(known.known('org-2', theirs, BODY), theirs)
  })

  it('differ by everything that JSON says, the order of keys too', () => {
    const known = new KnownTools()
    const [tool] = tools('a')
    assert.ok(tool?.type === 'function')
    const one: readonly Tool[] = [{ ...tool, parameters: { type: 'object', properties: { a: {}, b: {} } } }]
    const swapped: readonly Tool[] = [{ ...tool, parameters: { type: 'object', properties: { b: {}, a: {} } } }]
    const loose: readonly Tool[] = [{ ...tool, strict: false }]
    for (const each of [one, swapped, loose]) assert.equal(known.known('org-1', each, BODY), each)
  })

  it('are no use where they are few, or where nobody knows how many they are', () => {
    const known = new KnownTools()
    for (const bytes of [undefined, 100, 2_000_000]) {
      known.known('org-1', tools('a'), bytes)
      const again = tools('a')
      assert.equal(known.known('org-1', again, bytes), again)
    }
    const few: readonly Tool[] = [{ type: 'builtin', name: '$web_search' }]
    known.known('org-1', few, BODY)
    const again: readonly Tool[] = [{ type: 'builtin', name: '$web_search' }]
    assert.equal(known.known('org-1', again, BODY), again)
  })

  it('are forgotten by the owner who has most, the oldest first', () => {
    const unit = JSON.stringify(tools('a')).length
    const known = new KnownTools(3 * unit)
    const small = known.known('small', tools('s'), BODY)
    const first = known.known('large', tools('a'), BODY)
    const second = known.known('large', tools('b'), BODY)
    // Asked for again, so the second is the older one now.
    assert.equal(known.known('large', tools('a'), BODY), first)
    for (let more = 0; more < 100; more += 1) known.known('large', tools(`${more} `.padEnd(4)), BODY)
    assert.equal(known.known('small', tools('s'), BODY), small)
    assert.notEqual(known.known('large', tools('b'), BODY), second)
    const last = known.known('large', tools('c'), BODY)
    assert.equal(known.known('large', tools('c'), BODY), last)
  })

  it('are as many as there is room for', () => {
    const unit = JSON.stringify(tools('a')).length
    const known = new KnownTools(2 * unit)
    const first = known.known('one', tools('a'), BODY)
    for (const word of ['b', 'c']) known.known('one', tools(word), BODY)
    assert.notEqual(known.known('one', tools('a'), BODY), first)
  })

  it('leave room for the first of an owner who comes when all is taken', () => {
    const unit = JSON.stringify(tools('a')).length
    const known = new KnownTools(2 * unit)
    known.known('large', tools('a'), BODY)
    known.known('large', tools('b'), BODY)
    const mine = known.known('late', tools('m'), BODY)
    assert.equal(known.known('late', tools('m'), BODY), mine)
  })
})
