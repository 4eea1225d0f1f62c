import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { MemoryDocuments } from '../../documents/memory-documents.ts'
import { thinkingSecret } from './thinking-secret.ts'

const now = (): number => 1_764_600_000_000
const bytesOf = (byte: number) => (count: number) => new Uint8Array(count).fill(byte)

describe('the secret of thoughts', () => {
  it('is made once, and the same from then on', async () => {
    const documents = new MemoryDocuments(now)
    const first = await thinkingSecret({ documents, random: bytesOf(7), now })
    assert.deepEqual([...first], [...bytesOf(7)(32)])
    const again = await thinkingSecret({ documents, random: bytesOf(8), now })
    assert.deepEqual([...again], [...first])
  })

  it('is one for two that begin at once', async () => {
    const documents = new MemoryDocuments(now)
    const both = await Promise.all([1, 2].map((byte) => thinkingSecret({ documents, random: bytesOf(byte), now })))
    const [one, other] = both.map((secret) => Buffer.from(secret).toString('hex'))
    assert.equal(one, other)
  })

  it('is refused where it cannot be kept', async () => {
    const forgetful = { get: () => Promise.resolve(undefined), put: () => Promise.resolve('kept' as const) }
    await assert.rejects(thinkingSecret({ documents: forgetful, random: bytesOf(1), now }), ApiError)
  })
})
