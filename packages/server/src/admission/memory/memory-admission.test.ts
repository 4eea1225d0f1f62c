/** What a request gives back, and who hears of the room. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Admission, type LimitedSubject, isRefusal } from '../limiter.ts'
import { MemoryLimiter } from './memory-limiter.ts'

function openLimiter(tpm: number | null) {
  const limiter = new MemoryLimiter({ now: () => 1_000_000 })
  const heard: string[] = []
  limiter.onRoom((organisation) => heard.push(organisation))
  const subjects: LimitedSubject[] = [
    { scope: 'organisation', id: 'org-1', limits: { concurrency: 2, rpm: null, tpm, tpd: null } },
  ]
  const admit = (tokens: number): Admission => {
    const answer = limiter.admit({ subjects, tokens })
    assert.ok(!isRefusal(answer))
    return answer
  }
  return { limiter, heard, admit, room: () => limiter.room(subjects) }
}

test('tokens that were not used are there again, once, and who waits for room hears of it', () => {
  const { heard, admit, room } = openLimiter(100)
  const admission = admit(60)
  assert.equal(room(), 40)
  admission.giveBack(10)
  assert.deepEqual([room(), heard], [90, ['org-1']])
  admission.giveBack(0)
  assert.deepEqual([room(), heard], [90, ['org-1']])
  admission.end(0)
  assert.deepEqual([room(), heard], [90, ['org-1', 'org-1']])
})

test('where all was used, or more, there is no room and nobody is woken before the slot is free', () => {
  for (const used of [60, 61]) {
    const { heard, admit, room, limiter } = openLimiter(100)
    const admission = admit(60)
    admission.giveBack(used)
    assert.deepEqual([room(), heard, limiter.figures.running], [40, [], 1])
    admission.end(used)
    assert.deepEqual([room(), heard, limiter.figures.running], [40, ['org-1'], 0])
  }
})

test('the end gives back what nobody had given back before, and counts once', () => {
  const { heard, admit, room, limiter } = openLimiter(100)
  const [first, second] = [admit(60), admit(20)]
  assert.equal(limiter.figures.running, 2)
  first.end(30)
  first.end(0)
  assert.deepEqual([room(), heard, limiter.figures.running], [50, ['org-1'], 1])
  second.end(20)
  assert.deepEqual([room(), limiter.figures.running], [50, 0])
})
