import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileBlobs } from './file/file-blobs.ts'
import { MemoryBlobs } from './memory/memory-blobs.ts'
import { openBlobStore } from './open-blob-store.ts'
import { S3Blobs } from './s3/s3-blobs.ts'

const now = (): number => 0

test('each place opens its own store, and none of them makes anything yet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-blobs-'))
  const path = join(folder, 'files')
  assert.ok((await openBlobStore({ kind: 'file', path }, now)) instanceof FileBlobs)
  assert.equal(existsSync(path), false)
  assert.ok((await openBlobStore({ kind: 'memory' }, now)) instanceof MemoryBlobs)
  const place = {
    kind: 's3',
    bucket: 'files',
    prefix: '',
    endpoint: 'http://127.0.0.1:9',
    region: 'eu-central-1',
  } as const
  assert.ok((await openBlobStore(place, now)) instanceof S3Blobs)
  rmSync(folder, { recursive: true })
})
