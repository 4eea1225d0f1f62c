import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everySplit } from '../../../../test/support/every-split.ts'
import { Joint } from './joint.ts'
import { JsonWalk } from './json-walk.ts'

/** What comes out behind `given`, in every split of what came. */
function joinedBehind(given: string, came: string, before = ''): string {
  const results = new Set<string>()
  for (const pieces of everySplit(came, came.length > 40 ? 2 : 3)) {
    const joint = new Joint(given, before)
    let text = ''
    for (const piece of pieces) text += joint.broken ? '' : joint.push(piece)
    if (!joint.broken) text += joint.end()
    results.add(joint.broken ? 'broken' : text)
  }
  assert.equal(results.size, 1, `splits differ: ${[...results].join(' | ')}`)
  return [...results].join('')
}

const GIVEN = 'Once upon a time there was a king, and the king had a daughter.'

describe('a joint', () => {
  it('passes what is new, however it begins', () => {
    for (const came of [' She was fair.', 'Once more', 'the king had a son', 'O', ' ', GIVEN.slice(-10) + '!'])
      assert.equal(joinedBehind(GIVEN, came), came)
    assert.equal(joinedBehind('', GIVEN), GIVEN)
    assert.equal(joinedBehind('ha', 'haha'), 'haha')
  })

  it('gives out at once what cannot be a repetition any more', () => {
    const joint = new Joint(GIVEN)
    assert.deepEqual([joint.push('Her name'), joint.closed], ['Her name', true])
  })

  it('takes away a repetition of everything, of what stood before too, and of the end', () => {
    assert.equal(joinedBehind(GIVEN, `${GIVEN} She`), ' She')
    assert.equal(joinedBehind(GIVEN, `Tale: ${GIVEN} She`, 'Tale: '), ' She')
    assert.equal(joinedBehind(GIVEN, `${GIVEN} She`, 'Tale: '), ' She')
    for (const length of [24, 30, 50]) assert.equal(joinedBehind(GIVEN, `${GIVEN.slice(-length)} She`), ' She')
    const twice = 'The cat sat on the mat. The cat'
    assert.equal(joinedBehind(twice, `${twice.slice(3)} slept`), ' slept')
  })

  it('is broken by a text that starts over with other words, or stops early', () => {
    assert.equal(joinedBehind(GIVEN, 'Once upon a time there was a queen.'), 'broken')
    assert.equal(joinedBehind(GIVEN, GIVEN.slice(0, 40)), 'broken')
  })

  it('lets rows, rulers and lists go on as they were', () => {
    const rows = '| 2024-01-01 | Berlin | 1 |\n| 2024-01-01 | Berlin | 2 |\n'
    assert.equal(joinedBehind(rows, '| 2024-01-01 | Berlin | 3 |\n'), '| 2024-01-01 | Berlin | 3 |\n')
    assert.equal(joinedBehind('-'.repeat(40), '-'.repeat(40)), '-'.repeat(40))
  })
})

describe('a walk along JSON', () => {
  it('knows what is complete, what can become complete, and what can not', () => {
    for (const text of ['{"a": [1, -2.5e3, true, null, "x\\"y"], "b": {}}', '[]', '"a"', '12', ' {} ', '[[[]]]']) {
      assert.equal(new JsonWalk().push(text).complete, true, text)
      for (let end = 0; end < text.trimEnd().length; end += 1)
        assert.equal(new JsonWalk().push(text.slice(0, end)).broken, false, text.slice(0, end))
    }
    for (const text of [
      '{"a" 1}',
      '{a: 1}',
      '[1 2]',
      '["a" "b"]',
      '{"a" "b"}',
      '{}{}',
      '[}',
      '{]',
      ',',
      '[,]',
      '{"a":}',
      '{"a":1,}x',
      'x',
      '""a',
    ])
      assert.equal(new JsonWalk().push(text).broken, true, text)
    for (const text of ['', '{', '{"a', '{"a":', '[1,', '"a\\'])
      assert.equal(new JsonWalk().push(text).complete, false, text)
  })

  it('gives up on what is nested without end', () => {
    const walk = new JsonWalk().push('['.repeat(100_000))
    assert.deepEqual([walk.broken, walk.complete], [false, true])
  })
})
