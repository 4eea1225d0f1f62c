import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { S3Client } from '@aws-sdk/client-s3'
import S3rver from 's3rver'
import { BlobError } from '../blob-error.ts'
import type { BlobStore } from '../blob-store.ts'
import { blobContract, chunksOf, readAll } from '../testing/blob-contract.ts'
import { openS3Blobs } from './open-s3-blobs.ts'
import { PART_BYTES, PartGatherer } from './part-gatherer.ts'
import { S3Blobs } from './s3-blobs.ts'

/**
 * A stand-in for S3 on this machine. It is good for bytes (put, get, ranges, uploads in parts, 404), and worthless for the
 * rest: it takes a wrong secret, knows no `If-None-Match` and no end of an upload but the good one, and answers 500 to lists
 * under Node 24. So nothing here proves signatures, which are the SDK's own, and no blob store of ours ever lists.
 */
const folder = mkdtempSync(join(tmpdir(), 'moonbase-s3-'))
const fake = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory: folder,
  configureBuckets: [{ name: 'files', configs: [] }],
})
let endpoint = ''

before(async () => {
  await fake.configureBuckets()
  const { port } = await fake.run()
  endpoint = `http://127.0.0.1:${port}`
})
after(async () => {
  await fake.close()
  rmSync(folder, { recursive: true })
})

const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
let made = 0

function openStore(prefix = `test-${made++}/`): Promise<BlobStore> {
  return openS3Blobs({ bucket: 'files', prefix, region: 'us-east-1', endpoint, credentials })
}

blobContract('s3', () => openStore(), { fake: true })

test('blobs stand below their prefix, and those of another prefix are not seen', async () => {
  const [one, other] = [await openStore('one/'), await openStore('')]
  await one.put('a', chunksOf(Buffer.from('mine')), 10)
  await assert.rejects(other.open('a'), /there is no blob a/)
  assert.equal(String(await readAll(other, 'one/a')), 'mine')
})

test('an upload that fails is given up, so that no part of it is paid for', async () => {
  const sdk = await import('@aws-sdk/client-s3')
  const real = new sdk.S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true })
  const sent: string[] = []
  // s3rver knows no end of an upload but the good one: what is sent is all that can be seen.
  const client = {
    send: (command: object) => {
      sent.push(command.constructor.name)
      return command instanceof sdk.AbortMultipartUploadCommand ? Promise.resolve({}) : real.send(command as never)
    },
  }
  const store = new S3Blobs({ sdk, client: client as unknown as S3Client, bucket: 'files', prefix: 'failing/' })
  async function* failing(): AsyncGenerator<Uint8Array> {
    for (let given = 0; given < 3 * PART_BYTES; given += 1024 * 1024) yield randomBytes(1024 * 1024)
    throw new Error('the client has left')
  }
  await assert.rejects(store.put('a', failing(), 10 * PART_BYTES), /the client has left/)
  const parts = Array.from({ length: 3 }, () => 'UploadPartCommand')
  assert.deepEqual(sent, ['CreateMultipartUploadCommand', ...parts, 'AbortMultipartUploadCommand'])
})

test('a bucket that is not there, and a service that does not answer, are told in words', async () => {
  const nowhere = await openS3Blobs({ bucket: 'nobodys', prefix: '', region: 'us-east-1', endpoint, credentials })
  const put = nowhere.put('a', chunksOf(Buffer.from('x')), 10)
  await assert.rejects(put, (error) => error instanceof BlobError && error.kind === 'unavailable')
  const broken = createServer((_, reply) => reply.writeHead(500).end()).listen(0, '127.0.0.1')
  await new Promise((resolve) => broken.once('listening', resolve))
  const { port } = broken.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  const store = await openS3Blobs({ bucket: 'files', prefix: '', region: 'us-east-1', endpoint: address, credentials })
  await assert.rejects(store.open('a'), /the store of blobs does not work/)
  broken.closeAllConnections()
  broken.close()
})

test('bytes are gathered into parts of one size, however they come', async () => {
  for (const size of [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 2 * PART_BYTES + 5]) {
    for (const chunk of [PART_BYTES / 2 + 1, 3 * PART_BYTES]) {
      const bytes = randomBytes(size)
      const gatherer = new PartGatherer(chunksOf(bytes, chunk))
      const parts: Uint8Array[] = []
      for (let part = await gatherer.next(); part !== undefined; part = await gatherer.next()) parts.push(part)
      assert.ok(Buffer.concat(parts).equals(bytes), `${size} in chunks of ${chunk}`)
      assert.ok(parts.slice(0, -1).every(({ byteLength }) => byteLength === PART_BYTES))
    }
  }
  assert.equal(await new PartGatherer(chunksOf(Buffer.alloc(0))).next(), undefined)
})
