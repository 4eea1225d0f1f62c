import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventBatch, batchesOf } from './event-batches.ts'
import type { GenerationEvent } from './event.ts'

const START: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const TEXT: GenerationEvent = { type: 'text', choice: 0, text: 'a' }

async function* from<Value>(...values: Value[]): AsyncGenerator<Value, undefined, undefined> {
  yield* values
  return undefined
}

async function collect(batches: AsyncIterable<EventBatch>): Promise<EventBatch[]> {
  const collected: EventBatch[] = []
  for await (const batch of batches) collected.push(batch)
  return collected
}

test('a source without batches gives every event by itself', async () => {
  assert.deepEqual(await collect(batchesOf(from<GenerationEvent>(START, TEXT))), [[START], [TEXT]])
})

test('a source with batches is read by them', async () => {
  const source = {
    [Symbol.asyncIterator]: () => from<GenerationEvent>(START, TEXT, TEXT),
    batches: () => from<EventBatch>([START, TEXT], [TEXT]),
  }
  assert.deepEqual(await collect(batchesOf(source)), [[START, TEXT], [TEXT]])
})

test('whoever leaves between batches leaves the source', async () => {
  const source = from<GenerationEvent>(START, TEXT)
  for await (const batch of batchesOf(source)) {
    assert.deepEqual(batch, [START])
    break
  }
  assert.deepEqual(await source.next(), { done: true, value: undefined })
})
