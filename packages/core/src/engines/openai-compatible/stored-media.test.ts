/** Images and videos whose bytes are elsewhere, as an upstream is sent them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectUntilFailure } from '../../../../../test/support/collect-events.ts'
import { apiError } from '@moonbase/protocol/errors'
import { EngineError, type GenerationRequest, type MediaPart } from '../../generation/index.ts'
import { openaiCompatibleEngine } from './engine.ts'
import { MemoryTransport } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const MEASURED = { width: 1, height: 1 }
const HELD: MediaPart = { type: 'image', mime: 'image/png', base64: 'iVBORw0KGgo=', measured: MEASURED }

function stored(load: (signal: AbortSignal) => Promise<string>): GenerationRequest {
  const part: MediaPart = { type: 'image', mime: 'image/png', size: 8, key: 'digest', load, measured: MEASURED }
  return sampleRequest({ messages: [{ role: 'user', content: [part] }] })
}

async function ask(request: GenerationRequest, signal = new AbortController().signal) {
  const reads = ['data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n']
  const transport = new MemoryTransport(() => ({ reads }))
  const url = 'http://upstream.test/v1'
  const engine = openaiCompatibleEngine({ name: 'test', url, flavour: 'vllm', transport, clock: { now: () => 0 } })
  return { ...(await collectUntilFailure(engine.generate(request, signal))), seen: transport.seen }
}

test('stored media are loaded when they are sent, and sent as those that are here', async () => {
  const here = await ask(sampleRequest({ messages: [{ role: 'user', content: [HELD] }] }))
  const elsewhere = await ask(stored(() => Promise.resolve('iVBORw0KGgo=')))
  assert.equal(elsewhere.failure, undefined)
  assert.deepEqual(elsewhere.seen[0]?.json, here.seen[0]?.json)
})

test('media that cannot be had are a refusal in their own words, and nobody is asked', async () => {
  const { failure, seen } = await ask(stored(() => Promise.reject(apiError('unsupported_image_format'))))
  assert.ok(failure instanceof EngineError && failure.kind === 'refused')
  assert.equal(failure.toApiError('m').code, 'unsupported_image_format')
  assert.equal(seen.length, 0)
})

test('a client that leaves while media are loaded has left, and the loading hears of it', async () => {
  const abort = new AbortController()
  const { failure, seen } = await ask(
    stored((signal) => {
      abort.abort(new Error('left'))
      return Promise.reject(signal.reason)
    }),
    abort.signal,
  )
  assert.ok(failure instanceof EngineError && failure.kind === 'aborted')
  assert.equal(seen.length, 0)
})
