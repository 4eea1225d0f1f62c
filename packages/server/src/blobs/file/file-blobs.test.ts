import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BlobError } from '../blob-error.ts'
import { blobContract, chunksOf, readAll } from '../testing/blob-contract.ts'
import { FileBlobs } from './file-blobs.ts'

const NOW = Date.UTC(2026, 2, 15)
const folder = mkdtempSync(join(tmpdir(), 'moonbase-blobs-'))
after(() => rmSync(folder, { recursive: true }))

let made = 0
const newFolder = (): string => join(folder, `store-${made++}`, 'files')

blobContract('file', async () => new FileBlobs(newFolder(), () => NOW))

const filesIn = (path: string): string[] => readdirSync(path, { recursive: true }).map(String).toSorted()

test('no folder is made before something is put, and nobody else may read what is there', async () => {
  const path = newFolder()
  const store = new FileBlobs(path, () => NOW)
  await assert.rejects(store.open('a'), /there is no blob a/)
  await store.remove(['a'])
  assert.equal(existsSync(path), false)
  await store.put('org-1/a', chunksOf(randomBytes(10)), 10)
  assert.deepEqual(filesIn(path), ['.unfinished', 'org-1', 'org-1/a='])
  const modeOf = (name: string): number => statSync(join(path, name)).mode & 0o777
  assert.deepEqual(
    [modeOf(''), modeOf('.unfinished'), modeOf('org-1'), modeOf('org-1/a=')],
    [0o700, 0o700, 0o700, 0o600],
  )
})

test('what is not whole is seen by nobody, and nothing of it stays', async () => {
  const path = newFolder()
  const store = new FileBlobs(path, () => NOW)
  await store.put('a', chunksOf(Buffer.from('as it was')), 100)
  const seen: string[] = []
  async function* source(): AsyncGenerator<Uint8Array> {
    yield randomBytes(100_000)
    seen.push(String(await readAll(store, 'a')))
    throw new Error('the client has left')
  }
  await assert.rejects(store.put('a', source(), 1_000_000), /the client has left/)
  await assert.rejects(store.put('b', chunksOf(randomBytes(100)), 99), BlobError)
  assert.deepEqual(seen, ['as it was'])
  assert.deepEqual(filesIn(path), ['.unfinished', 'a='])
})

test('what a crash left is taken away with the first put, and what another server writes is not', async () => {
  const path = newFolder()
  await new FileBlobs(path, () => NOW).put('a', chunksOf(randomBytes(10)), 10)
  for (const [name, age] of [
    ['old', 25],
    ['young', 1],
  ] as const) {
    const file = join(path, '.unfinished', name)
    writeFileSync(file, 'half of it')
    const at = new Date(NOW - age * 3_600_000)
    utimesSync(file, at, at)
  }
  const store = new FileBlobs(path, () => NOW)
  await store.put('b', chunksOf(randomBytes(10)), 10)
  assert.deepEqual(readdirSync(join(path, '.unfinished')), ['young'])
})

test('a disk that does not do what it should is told, and tried again', async () => {
  const path = newFolder()
  const store = new FileBlobs(path, () => NOW)
  writeFileSync(join(folder, 'in-the-way'), '')
  const blocked = new FileBlobs(join(folder, 'in-the-way', 'files'), () => NOW)
  await assert.rejects(
    blocked.put('a', chunksOf(randomBytes(10)), 10),
    (error) => error instanceof BlobError && error.kind === 'unavailable' && error.cause instanceof Error,
  )
  rmSync(join(folder, 'in-the-way'))
  await blocked.put('a', chunksOf(randomBytes(10)), 10)
  await store.put('a', chunksOf(randomBytes(10)), 10)
})

test('what is removed while it is read is read to its end, or told as gone', async () => {
  const store = new FileBlobs(newFolder(), () => NOW)
  await store.put('a', chunksOf(randomBytes(300_000)), 300_000)
  const [begun, notBegun] = [await store.open('a'), await store.open('a')]
  let read = 0
  for await (const chunk of begun) {
    read += chunk.byteLength
    await store.remove(['a'])
  }
  assert.equal(read, 300_000)
  await assert.rejects(
    (async () => {
      for await (const chunk of notBegun) assert.ok(chunk)
    })(),
    /there is no blob a/,
  )
})

test('the memory does not grow with the size of a blob', async () => {
  const store = new FileBlobs(newFolder(), () => NOW)
  const chunk = Buffer.alloc(1024 * 1024, 7)
  const SIZE = 256
  let most = 0
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < SIZE; sent++) {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
      yield chunk
    }
  }
  const before = process.memoryUsage().arrayBuffers
  await store.put('large', source(), SIZE * chunk.byteLength)
  for await (const some of await store.open('large')) {
    assert.ok(some.byteLength > 0)
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }
  assert.ok(most - before < 64 * 1024 * 1024, `${most - before} bytes more`)
  await store.remove(['large'])
})

test('a folder that may not be written refuses a put in words', { skip: process.getuid?.() === 0 }, async () => {
  const path = newFolder()
  const store = new FileBlobs(path, () => NOW)
  await store.put('a', chunksOf(randomBytes(1)), 1)
  chmodSync(path, 0o500)
  await assert.rejects(store.put('other/b', chunksOf(randomBytes(1)), 1), /does not work/)
  chmodSync(path, 0o700)
})
