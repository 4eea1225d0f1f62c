import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobContract, chunksOf, readAll } from '../testing/blob-contract.ts'
import { MemoryBlobs } from './memory-blobs.ts'

blobContract('memory', async () => new MemoryBlobs())

test('the memory takes what fits, together, and has room again when something is removed', async () => {
  const store = new MemoryBlobs(1_000)
  await store.put('a', chunksOf(Buffer.alloc(600)), 1_000)
  await assert.rejects(store.put('b', chunksOf(Buffer.alloc(401), 100), 1_000), /room for 1000 bytes/)
  await store.put('b', chunksOf(Buffer.alloc(400)), 1_000)
  await store.remove(['a'])
  await store.put('c', chunksOf(Buffer.alloc(600)), 1_000)
  assert.equal((await readAll(store, 'c')).byteLength, 600)
})

test('what was given in is not changed behind it', async () => {
  const store = new MemoryBlobs()
  const bytes = Buffer.from('before')
  await store.put('a', chunksOf(bytes), 100)
  bytes.fill('x')
  assert.equal(String(await readAll(store, 'a')), 'before')
})
