import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiError } from '@moonbase/protocol/errors'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError } from './engine-error.ts'
import { base64Of, sizeOfMedia, withMediaLoaded } from './media-bytes.ts'
import type { GenerationRequest, MediaPart, Message } from './request.ts'

const NEVER = new AbortController().signal
const HELD: MediaPart = { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } }
const MEASURED = { width: 2, height: 2, frames: 1, framesPerSecond: 1 }

function stored(load: () => Promise<string>): MediaPart {
  return { type: 'video', mime: 'video/mp4', size: 3, key: 'digest', load, measured: MEASURED }
}

const user = (...content: MediaPart[]): Message => ({
  role: 'user',
  content: [{ type: 'text', text: 'x' }, ...content],
})

async function failureOf(request: GenerationRequest, signal = NEVER): Promise<EngineError> {
  const failure: unknown = await Promise.resolve(withMediaLoaded(request, 'e', signal)).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(failure instanceof EngineError, String(failure))
  return failure
}

describe('the bytes of media', () => {
  it('are counted without being loaded', async () => {
    const part = stored(() => assert.fail('loaded'))
    assert.deepEqual([sizeOfMedia(HELD), sizeOfMedia(part)], [3, 3])
    assert.equal(await base64Of(HELD, NEVER), 'AAAA')
  })

  it('are here at once where they are here: the very request comes back, and no promise', () => {
    const request = sampleRequest({ messages: [user(HELD), { role: 'user', content: 'y' }] })
    assert.equal(withMediaLoaded(request, 'e', NEVER), request)
  })

  it('are loaded one after the other, and messages that have theirs stay the objects that they are', async () => {
    let running = 0
    const load = async (): Promise<string> => {
      running += 1
      assert.equal(running, 1)
      await Promise.resolve()
      running -= 1
      return 'BBBB'
    }
    const messages = [user(HELD), user(stored(load), HELD, stored(load))]
    const request = sampleRequest({ messages })
    const loaded = await withMediaLoaded(request, 'e', NEVER)
    const video = { type: 'video', mime: 'video/mp4', base64: 'BBBB', measured: MEASURED } as const
    assert.deepEqual(loaded.messages[1], user(video, HELD, video))
    assert.equal(loaded.messages[0], messages[0])
    assert.deepEqual({ ...loaded, messages }, request)
  })

  it('that cannot be had are nobody’s failure but the request’s, and the client hears why', async () => {
    const gone = apiError('unsupported_video_format')
    const failure = await failureOf(sampleRequest({ messages: [user(stored(() => Promise.reject(gone)))] }))
    assert.equal(failure.kind, 'refused')
    assert.equal(failure.toApiError('m'), gone)
    const broken = await failureOf(
      sampleRequest({ messages: [user(stored(() => Promise.reject(new Error('disk on fire'))))] }),
    )
    assert.equal(broken.kind, 'refused')
    const told = broken.toApiError('m')
    assert.deepEqual([told.code, told.publicMessage], ['internal', 'Internal server error'])
    assert.ok(!broken.message.includes('fire'))
  })

  it('are not waited for when the signal fires', async () => {
    const abort = new AbortController()
    const load = (): Promise<string> => {
      abort.abort(new Error('the client left'))
      return Promise.reject(abort.signal.reason)
    }
    assert.equal((await failureOf(sampleRequest({ messages: [user(stored(load))] }), abort.signal)).kind, 'aborted')
  })
})
