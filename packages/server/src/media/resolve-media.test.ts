import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DraftMessage, HeldVideo, Message } from '@moonbase/core/generation'
import type { VideoMeasure } from '@moonbase/format'
import { ApiError } from '@moonbase/protocol'
import { resolveMedia } from './resolve-media.ts'

const MEASURE: VideoMeasure = { width: 64, height: 48, frames: 10, framesPerSecond: 10 }
const VIDEO: HeldVideo = { type: 'video', mime: 'video/mp4', base64: 'AAAA' }
const TEXT: Message = { role: 'system', content: 'text' }
const WINDOW = 262_144
const never = { owner: 'acme', signal: new AbortController().signal }

const user = (...content: Exclude<Message['content'], string>): Message => ({ role: 'user', content })

describe('resolveMedia', () => {
  it('gives the same array back when nothing is to be measured', async () => {
    const image = { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } } as const
    const messages = [TEXT, user({ type: 'text', text: 'x' }, image, { ...VIDEO, measured: MEASURE })]
    assert.equal(await resolveMedia(messages, () => assert.fail('measured'), never, WINDOW), messages)
  })

  it('measures each video that is not, and leaves the rest and the original as they are', async () => {
    const messages = [TEXT, user({ type: 'text', text: 'x' }, VIDEO, { ...VIDEO, measured: { ...MEASURE, frames: 2 } })]
    const before = structuredClone(messages)
    const resolved = await resolveMedia(messages, () => Promise.resolve(MEASURE), never, WINDOW)
    assert.deepEqual(resolved, [
      TEXT,
      user(
        { type: 'text', text: 'x' },
        { ...VIDEO, measured: MEASURE },
        { ...VIDEO, measured: { ...MEASURE, frames: 2 } },
      ),
    ])
    assert.equal(resolved[0], TEXT)
    assert.deepEqual(messages, before)
  })

  it('makes other messages only of those that had something to measure', async () => {
    const seen = user({ ...VIDEO, measured: MEASURE })
    const messages = [TEXT, seen, user(VIDEO), user({ type: 'text', text: 'x' })]
    const resolved = await resolveMedia(messages, () => Promise.resolve(MEASURE), never, WINDOW)
    assert.deepEqual(
      resolved.map((message, index) => message === messages[index]),
      [true, true, false, true],
    )
  })

  it('leaves references to others', async () => {
    const file = { type: 'reference', medium: 'video', url: 'ms://f1' } as const
    const messages: DraftMessage[] = [
      { role: 'user', content: [file] },
      { role: 'user', content: [file, VIDEO] },
    ]
    const resolved = await resolveMedia(messages, () => Promise.resolve(MEASURE), never, WINDOW)
    assert.equal(resolved[0], messages[0])
    assert.deepEqual(resolved[1], { role: 'user', content: [file, { ...VIDEO, measured: MEASURE }] })
  })

  it('asks no stored video for its bytes: it was measured when it was stored', async () => {
    const stored = { type: 'video', mime: 'video/mp4', size: 3, key: 'k', measured: MEASURE } as const
    const messages = [user({ ...stored, load: () => assert.fail('loaded') }), user(VIDEO)]
    const resolved = await resolveMedia(messages, () => Promise.resolve(MEASURE), never, WINDOW)
    assert.equal(resolved[0], messages[0])
  })

  it('measures the videos of a request one after the other', async () => {
    let running = 0
    const measure = async () => {
      running += 1
      assert.equal(running, 1)
      await Promise.resolve()
      running -= 1
      return MEASURE
    }
    await resolveMedia([user(VIDEO, VIDEO), user(VIDEO)], measure, never, WINDOW)
  })

  it('refuses videos that claim more than any window holds, alone or together', async () => {
    const isTooLong = (error: unknown) =>
      error instanceof ApiError && /exceeded model token limit: 262144 \(requested: \d{6,}\)$/.test(error.publicMessage)
    const claim = (frames: number) => () => Promise.resolve({ ...MEASURE, frames })
    await assert.rejects(resolveMedia([user(VIDEO)], claim(2 ** 40), never, WINDOW), isTooLong)
    // 16,384 chunks each, at two of ten frames a second and four of these a chunk.
    const half = 16_384 * 4 * 5
    await resolveMedia([user(VIDEO, VIDEO)], claim(half), never, WINDOW)
    await assert.rejects(resolveMedia([user(VIDEO, VIDEO), user(VIDEO)], claim(half), never, WINDOW), isTooLong)
  })
})
