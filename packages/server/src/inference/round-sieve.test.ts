import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FinishReason, GenerationEvent, Usage } from '@moonbase/core/generation'
import { RoundSieve } from './round-sieve.ts'

const START: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const USAGE: GenerationEvent = { type: 'usage', usage: { prompt: 10, completion: 5, cached: 2 } }
const BEFORE: Usage = { prompt: 100, completion: 50, cached: 20, reasoning: 7 }
const text: GenerationEvent = { type: 'text', choice: 0, text: 'a' }
const finish = (reason: FinishReason): GenerationEvent => ({ type: 'finish', choice: 0, reason })
const piece = (call: number, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call,
  ...(name === undefined ? {} : { name }),
  arguments: `${call}`,
})

function sieved(events: readonly GenerationEvent[], before?: Usage) {
  const sieve = new RoundSieve(new Set(['search']), before)
  // In one batch and one by one it is the same.
  const together = new RoundSieve(new Set(['search']), before).push(events)
  const passed = events.flatMap((event) => sieve.push([event]))
  assert.deepEqual(passed, together)
  return { sieve, passed }
}

test('a round in which the server has nothing to do passes as it is', () => {
  const events = [START, text, piece(0, 'mine'), finish('tool_calls'), USAGE]
  assert.equal(new RoundSieve(new Set(['search']), undefined).push(events), events)
  const { sieve, passed } = sieved(events)
  assert.deepEqual([passed, sieve.goesOn, sieve.clientCalls], [events, false, 1])
})

test('calls of the server are held back in all their pieces, and the others are counted without gaps', () => {
  const calls = [
    piece(0, 'search'),
    piece(1, 'mine'),
    piece(0),
    piece(2, 'search'),
    piece(3, 'other'),
    piece(1),
    piece(3),
  ]
  const { sieve, passed } = sieved([START, ...calls, finish('tool_calls'), USAGE])
  assert.deepEqual(
    passed.map((event) => (event.type === 'tool-call' ? [event.call, event.name, event.arguments] : event.type)),
    ['start', [0, 'mine', '1'], [1, 'other', '3'], [0, undefined, '1'], [1, undefined, '3']],
  )
  assert.deepEqual([sieve.served, sieve.clientCalls, sieve.goesOn, sieve.isOver], [[0, 2], 2, true, true])
})

test('the last of several rounds tells no start, and the usage of all', () => {
  const { sieve, passed } = sieved([START, text, finish('stop'), USAGE], BEFORE)
  const sum = { prompt: 110, completion: 55, cached: 22, reasoning: 7 }
  assert.deepEqual(passed, [text, finish('stop'), { type: 'usage', usage: sum }])
  assert.deepEqual(sieve.usage, sum)
})

test('calls that were cut are not run, and the answer ends as it ended', () => {
  for (const reason of ['length', 'content_filter'] as const) {
    const { sieve, passed } = sieved([START, piece(0, 'search'), finish(reason), USAGE])
    assert.deepEqual([sieve.goesOn, passed.at(-2)], [false, finish(reason)])
  }
})
