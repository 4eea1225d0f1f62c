import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import type { BodyBudget } from './body-budget.ts'
import { RequestBody, parseBody } from './request-body.ts'

function incoming(headers: Record<string, string> = {}) {
  const stream = new PassThrough()
  return { stream, request: Object.assign(stream, { headers }) as unknown as IncomingMessage }
}

const refusalOf = (text: string | Uint8Array): string => {
  try {
    parseBody(typeof text === 'string' ? Buffer.from(text) : text)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return error.publicMessage
  }
  return 'accepted'
}

const readBody = (request: IncomingMessage, limit: number, budget: BodyBudget) =>
  new RequestBody(request, limit, budget).read()

describe('RequestBody', () => {
  it('joins the pieces and returns what it took from the common budget', async () => {
    const budget = { bytes: 0 }
    const { stream, request } = incoming()
    const body = readBody(request, 100, budget)
    stream.write('one ')
    stream.end('two')
    assert.equal(Buffer.from(await body).toString(), 'one two')
    assert.equal(budget.bytes, 0)
  })

  it('refuses a byte past the limit, and reads on so that the client gets the answer', async () => {
    const budget = { bytes: 0 }
    const { stream, request } = incoming()
    const body = readBody(request, 5, budget)
    stream.write('12345')
    stream.write('6')
    await assert.rejects(body, { code: 'body_too_large' })
    stream.end('more')
    await new Promise((resolve) => stream.once('end', resolve))
    assert.equal(budget.bytes, 0)
    await assert.rejects(readBody(incoming({ 'content-length': '6' }).request, 5, budget), { code: 'body_too_large' })
  })

  it('refuses when all bodies together pass their budget', async () => {
    const budget = { bytes: 1024 * 1024 * 1024 }
    const { stream, request } = incoming()
    const body = readBody(request, 100, budget)
    stream.write('x')
    await assert.rejects(body, { code: 'server_busy', status: 503, retryAfterMs: 1000 })
    assert.equal(budget.bytes, 1024 * 1024 * 1024)
  })

  it('gives up when the client goes, and lets go of what it took', async () => {
    const budget = { bytes: 0 }
    const { stream, request } = incoming()
    const body = new RequestBody(request, 100, budget)
    const read = body.read()
    stream.write('one')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(budget.bytes, 3)
    body.abandon()
    await assert.rejects(read, { code: 'client_closed' })
    stream.write('two')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(budget.bytes, 0)
  })
})

describe('parseBody', () => {
  it('says what is wrong with a body', () => {
    assert.equal(refusalOf(''), 'Invalid request: the body is empty')
    assert.equal(refusalOf(new Uint8Array([0x22, 0xc3, 0x22])), 'Invalid request: the body is not valid UTF-8')
    assert.match(refusalOf('{"a":'), /^Invalid request: the body is not valid JSON: /)
    assert.ok(refusalOf(`{"a": ${'x'.repeat(5000)}`).length < 250)
  })

  it('takes a byte order mark', () => {
    assert.deepEqual(parseBody(Buffer.from('\ufeff{"a":"é"}')), { a: 'é' })
  })
})
