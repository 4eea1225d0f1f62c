import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndOfTurnWrites } from './end-of-turn-writes.ts'

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

test('what one turn wants to send leaves when it ends, in order', async () => {
  const writes = new EndOfTurnWrites()
  const left: string[] = []
  writes.add({ depart: () => left.push('first') })
  await Promise.resolve()
  writes.add({ depart: () => left.push('second') })
  assert.deepEqual(left, [])
  await turn()
  assert.deepEqual(left, ['first', 'second'])
})

test('what is added while others leave, leaves with the next turn', async () => {
  const writes = new EndOfTurnWrites()
  const left: string[] = []
  writes.add({ depart: () => writes.add({ depart: () => left.push('later') }) })
  await turn()
  assert.deepEqual(left, [])
  await turn()
  assert.deepEqual(left, ['later'])
})
