import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiError } from '@moonbase/protocol'
import { SettlementGroup, type UnsettledRound } from './settlement-group.ts'

/** A round that says what was done to it. */
function round(name: string, said: string[], kept?: Promise<unknown>): UnsettledRound {
  return {
    kept,
    async settle() {
      said.push(`${name} settled`)
    },
    async release({ code }) {
      said.push(`${name} released: ${code}`)
    },
  }
}

function groupOf(...rounds: readonly UnsettledRound[]): SettlementGroup {
  const group = new SettlementGroup()
  for (const each of rounds) group.add(each)
  return group
}

test('rounds are settled when the holds of all of them are kept', async () => {
  const said: string[] = []
  const disk = Promise.withResolvers<void>()
  const settled = groupOf(round('first', said), round('second', said, disk.promise)).settle()
  await Promise.resolve()
  assert.deepEqual(said, [])
  disk.resolve()
  await settled
  assert.deepEqual(said, ['first settled', 'second settled'])
})

test('nobody pays for some rounds of an answer of which another was refused behind its engine', async () => {
  const said: string[] = []
  const refusal = apiError('quota_exceeded', { organisation: 'org-1', credit: '0.1' })
  const group = groupOf(round('first', said), round('second', said, Promise.reject(refusal)))
  await assert.rejects(group.settle(), refusal)
  assert.deepEqual(said, ['first released: quota_exceeded', 'second released: quota_exceeded'])
  await group.settle()
  assert.equal(said.length, 2)
})

test('the end of a single round finds out by itself', async () => {
  const said: string[] = []
  await groupOf(round('only', said, new Promise(() => undefined))).settle()
  assert.deepEqual(said, ['only settled'])
})
