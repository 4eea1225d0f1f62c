import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type GivenCall, type KeptAnswer, answerOf, keptCall, valueOf } from './kept-answer.ts'
import { matchAnswer } from './match-answer.ts'

const read = (more: Partial<GivenCall> = {}): GivenCall => ({
  id: 'Read:0',
  name: 'Read',
  arguments: '{"path":"a"}',
  ...more,
})
const answer = (reasoning: string, ...calls: GivenCall[]): KeptAnswer => ({ calls: calls.map(keptCall), reasoning })
const one = (reasoning: string) => ({ found: 'one', reasoning }) as const

describe('matchAnswer', () => {
  it('takes the one whose calls are the same, whatever the others are', () => {
    const kept = [
      answer('a', read()),
      answer('b', read({ arguments: '{"path":"b"}' })),
      answer('c', read({ name: 'Write' })),
    ]
    assert.deepEqual(matchAnswer([read()], kept), one('a'))
    assert.deepEqual(matchAnswer([read({ arguments: '{"path":"b"}' })], kept), one('b'))
  })

  it('goes by arguments where ids were changed, and by ids where arguments were', () => {
    const kept = [answer('a', read()), answer('b', read({ id: 'Read:1', arguments: '{"path":"b"}' }))]
    assert.deepEqual(matchAnswer([read({ id: 'call_9', arguments: '{ "path": "b" }' })], kept), one('b'))
    assert.deepEqual(matchAnswer([read({ id: 'Read:1', arguments: '{"path":"b","all":false}' })], kept), one('b'))
  })

  it('tells when two that are alike as well as any thought differently, and not when they thought the same', () => {
    assert.deepEqual(matchAnswer([read()], [answer('a', read()), answer('b', read())]), { found: 'several' })
    assert.deepEqual(matchAnswer([read()], [answer('a', read()), answer('a', read())]), one('a'))
    // Both ids and arguments are new: either may be meant.
    const kept = [answer('a', read()), answer('b', read({ arguments: '{"path":"b"}' }))]
    assert.deepEqual(matchAnswer([read({ id: 'x', arguments: '{}' })], kept), { found: 'several' })
  })

  it('takes none with other names, or with more calls or fewer', () => {
    const kept = [answer('a', read(), read({ id: 'Read:1' }))]
    assert.deepEqual(matchAnswer([read()], kept), { found: 'none' })
    assert.deepEqual(matchAnswer([read(), read({ name: 'Write' })], kept), { found: 'none' })
    assert.deepEqual(matchAnswer([read()], []), { found: 'none' })
  })
})

describe('a kept answer', () => {
  it('comes back from its document as it was, and holds no arguments', () => {
    const kept = answer('Hm.', read({ arguments: '{"path":"/secret"}' }))
    assert.deepEqual(answerOf(valueOf(kept)), kept)
    assert.ok(!JSON.stringify(valueOf(kept)).includes('secret'))
  })

  it('of another form is none', () => {
    for (const value of [null, 'x', [], {}, { reasoning: 'x', calls: {} }, { reasoning: 1, calls: [] }]) {
      assert.equal(answerOf(value), undefined)
    }
    assert.equal(answerOf({ reasoning: 'x', calls: [['id', 'name']] }), undefined)
    assert.equal(answerOf({ reasoning: 'x', calls: ['id'] }), undefined)
  })
})
