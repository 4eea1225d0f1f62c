import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryDocuments } from './memory-documents.ts'
import { openServerSecret } from './server-secret.ts'

const NOW = 1_764_600_000_000
const documentsOf = (): MemoryDocuments => new MemoryDocuments(() => NOW)
const bytesOf = (byte: number) => (count: number) => new Uint8Array(count).fill(byte)

describe('a secret of the server', () => {
  it('is made once, and the same from then on, by its name', async () => {
    const documents = documentsOf()
    const first = await openServerSecret(documents, 'one', bytesOf(7), NOW)
    assert.deepEqual([...first], [...bytesOf(7)(32)])
    assert.deepEqual([...(await openServerSecret(documents, 'one', bytesOf(8), NOW))], [...first])
    assert.notDeepEqual([...(await openServerSecret(documents, 'other', bytesOf(8), NOW))], [...first])
  })

  it('is one for two that begin at once', async () => {
    const documents = documentsOf()
    const both = await Promise.all([1, 2].map((byte) => openServerSecret(documents, 'one', bytesOf(byte), NOW)))
    const [one, other] = both.map((secret) => Buffer.from(secret).toString('hex'))
    assert.equal(one, other)
  })

  it('is none where it was not kept', async () => {
    const forgetful = { get: () => Promise.resolve(undefined), put: () => Promise.resolve('conflict' as const) }
    await assert.rejects(openServerSecret(forgetful, 'one', bytesOf(1), NOW), /is not what was kept/)
  })
})
