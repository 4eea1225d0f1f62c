import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LastTold } from './last-told.ts'

test('what was told is known for a minute, less what is asked for meanwhile', () => {
  let now = 0
  const told = new LastTold(() => now)
  assert.equal(told.of('one'), undefined)
  told.asks('one', 30)
  told.asks('one', 20)
  told.tell('one', 100)
  told.tell('other', 7)
  assert.deepEqual([told.of('one'), told.of('other')], [50, 7])
  told.answered('one', 30)
  assert.equal(told.of('one'), 80)
  told.answered('one', 20)
  now = 1_000
  assert.equal(told.of('one', 1_000), 100)
  now += 1
  assert.equal(told.of('one', 1_000), undefined)
  now = 60_000
  assert.equal(told.of('one'), 100)
  now += 1
  assert.equal(told.of('one'), undefined)
  told.tell('one', 5)
  told.tell('one', undefined)
  assert.equal(told.of('one'), undefined)
})

test('those that were told of longest ago are forgotten, and no more than so many are known', () => {
  const told = new LastTold(() => 0)
  for (let index = 0; index <= 10_000; index += 1) told.tell(String(index), index)
  assert.deepEqual([told.of('0'), told.of('1'), told.of('10000')], [undefined, 1, 10_000])
})
