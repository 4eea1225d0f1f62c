import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it, mock } from 'node:test'
import { mediaFromUrl } from './media.ts'

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const image = (bytes: Uint8Array) => mediaFromUrl('image', `data:;base64,${Buffer.from(bytes).toString('base64')}`)

describe('mediaFromUrl', () => {
  it('measures an image by its bytes', () => {
    assert.deepEqual(mediaFromUrl('image', `data:image/gif;base64,${PNG}`), {
      type: 'image',
      mime: 'image/png',
      base64: PNG,
      measured: { width: 1, height: 1 },
    })
  })

  it('leaves a video unmeasured', () => {
    const base64 = Buffer.from('FLV\x01\x05\0\0\0\x09', 'latin1').toString('base64')
    assert.deepEqual(mediaFromUrl('video', `data:;base64,${base64}`), { type: 'video', mime: 'video/x-flv', base64 })
  })

  it('finds a format wrong whose header is broken or cut', () => {
    const bytes = Buffer.from(PNG, 'base64')
    for (const length of [8, 16, 32]) assert.equal(image(bytes.subarray(0, length)), 'format')
    bytes.writeUInt32BE(0, 16)
    assert.equal(image(bytes), 'format')
  })

  it('finds a size wrong that nobody opens', () => {
    // A WebP of 2^24 pixels a side, which takes thirty bytes.
    const bytes = Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff', 'latin1')
    assert.equal(image(bytes), 'size')
  })

  it('decodes no more of a huge image than its header', () => {
    // Two hundred colour profiles, then a frame header of 300 by 200, then megabytes of picture.
    const profile = Buffer.alloc(65_537)
    profile.set([0xff, 0xe2, 0xff, 0xff])
    const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, 0, 200, 1, 44, 3, 1, 34, 0, 2, 17, 1, 3, 17, 1])
    const profiles = Array.from({ length: 200 }, () => profile)
    const bytes = Buffer.concat([Buffer.from([0xff, 0xd8]), ...profiles, frame, Buffer.alloc(8_000_000, 0x5a)])
    const atob = mock.method(globalThis, 'atob')
    try {
      const part = image(bytes)
      assert.ok(typeof part === 'object' && part.type === 'image')
      assert.deepEqual(part.measured, { width: 300, height: 200 })
      const decoded = atob.mock.calls.reduce((sum, call) => sum + call.arguments[0].length, 0)
      assert.ok(decoded < 500_000, `${decoded} of ${part.base64.length} characters`)
    } finally {
      atob.mock.restore()
    }
  })
})
