import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { parseBody } from './parse-body.ts'

const refusalOf = (text: string | Uint8Array): string => {
  try {
    parseBody(typeof text === 'string' ? Buffer.from(text) : text)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return error.publicMessage
  }
  return 'accepted'
}

describe('a body as JSON', () => {
  it('says what is wrong with a body', () => {
    assert.equal(refusalOf(''), 'Invalid request: the body is empty')
    assert.equal(refusalOf(new Uint8Array([0x22, 0xc3, 0x22])), 'Invalid request: the body is not valid UTF-8')
    assert.match(refusalOf('{"a":'), /^Invalid request: the body is not valid JSON: /)
    assert.ok(refusalOf(`{"a": ${'x'.repeat(5000)}`).length < 250)
  })

  it('has a hundred thousand values at most', () => {
    assert.equal(refusalOf(`[${'0,'.repeat(99_999)}0]`), 'accepted')
    assert.equal(refusalOf(`[${'0,'.repeat(100_000)}0]`), 'Invalid request: the body holds more than 100000 values')
  })

  it('takes a byte order mark', () => {
    assert.deepEqual(parseBody(Buffer.from('\ufeff{"a":"é"}')), { a: 'é' })
  })
})
