import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import type { ByteSource } from './byte-source.ts'
import { readImageSize } from './read-image-size.ts'

/** Real images of 31 by 17 pixels. */
const IMAGES = {
  'image/png': [
    'iVBORw0KGgoAAAANSUhEUgAAAB8AAAARCAIAAACqxuAeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAJElEQVQ4jWO4IydHO8QwarrcaMjIjaaZO6O5SW60nLkz3MpIAPtwQIf5NyIHAAAAAElFTkSuQmCC',
  ],
  'image/jpeg': [
    '/9j/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAARAB8DASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAMF/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AnARaQAAAAAD/2Q==',
  ],
  'image/webp': [
    'UklGRkIAAABXRUJQVlA4IDYAAAAQAwCdASofABEAP3Gy0GA0rimlqAgCkC4JZQDI1BalVAAA/txR8XCcuv7U/Kz3fdLAOCrOAAA=',
    'UklGRh4AAABXRUJQVlA4TBEAAAAvHgAEAAdQj3LXo/+BiOh/AAA=',
    'UklGRlYAAABXRUJQVlA4WAoAAAAQAAAAHgAAEAAAQUxQSAoAAAABB1DAiAhERP8DVlA4ICYAAADQAgCdASofABEAP3Gy0GA0rimlqAgCkC4JaQAAPaOgAP7uAwAAAA==',
  ],
  'image/gif': ['R0lGODlhHwARAIAAAExpcdweHiH5BAUAAAAALAAAAAAfABEAAAIUjI+py+0Po5y02ouz3rz7D4biOBYAOw=='],
}

const SIZE = { width: 31, height: 17 }

const samples = Object.entries(IMAGES).flatMap(([mime, images]) =>
  images.map((image, index) => ({ mime, name: `${mime} ${index + 1}`, bytes: Buffer.from(image, 'base64') })),
)
const first = (mime: keyof typeof IMAGES) => Buffer.from(IMAGES[mime][0] ?? '', 'base64')

interface CountingSource extends ByteSource {
  /** How often something was looked at. */
  looks: number
}

function source(bytes: Uint8Array): CountingSource {
  const counting: CountingSource = {
    looks: 0,
    at: (offset, length) => {
      counting.looks += 1
      return bytes.subarray(offset, offset + length)
    },
  }
  return counting
}

const sizeOf = (mime: string, bytes: Uint8Array) => readImageSize(mime, source(bytes))

/** A JPEG whose frame header stands behind these bytes. */
function jpegBehind(...segments: Uint8Array[]): Buffer {
  const [start, rest] = [first('image/jpeg').subarray(0, 2), first('image/jpeg').subarray(2)]
  return Buffer.concat([start, ...segments, rest])
}

function segment(code: number, length: number): Buffer {
  const bytes = Buffer.alloc(length + 2)
  bytes.set([0xff, code])
  bytes.writeUInt16BE(length, 2)
  return bytes
}

describe('readImageSize', () => {
  for (const { mime, name, bytes } of samples) {
    it(`reads ${name}`, () => assert.deepEqual(sizeOf(mime, bytes), SIZE))

    it(`reads ${name} from its header alone, and finds one that is cut malformed`, () => {
      let answered = 0
      for (let length = 0; length <= bytes.length; length += 1) {
        const size = sizeOf(mime, bytes.subarray(0, length))
        if (size === 'malformed') assert.equal(answered, 0, `cut at ${length}`)
        else {
          answered += 1
          assert.deepEqual(size, SIZE)
        }
      }
      assert.ok(answered > 0)
    })
  }

  it('gives a size or a problem for every mutation of a header', () => {
    const seed = 20_261_120
    const random = seededRandom(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    for (const { mime, name, bytes } of samples) {
      for (let round = 0; round < 3000; round += 1) {
        const mutated = Buffer.from(bytes)
        for (let change = 0; change <= below(4); change += 1) mutated[below(Math.min(64, bytes.length))] = below(256)
        const counting = source(mutated.subarray(0, below(8) === 0 ? below(bytes.length) : bytes.length))
        const size = readImageSize(mime, counting)
        const isFine = typeof size === 'string' || (size.width > 0 && size.width <= 65_535 && size.height > 0)
        assert.ok(isFine, `${name}, round ${round} of seed ${seed}: ${JSON.stringify(size)}`)
        assert.ok(counting.looks < 1000, `${name}, round ${round} of seed ${seed}: ${counting.looks} looks`)
      }
    }
  })

  it('knows no other format', () => {
    assert.equal(sizeOf('image/bmp', first('image/png')), 'malformed')
    assert.equal(sizeOf('toString', first('image/png')), 'malformed')
    assert.equal(sizeOf('image/gif', first('image/png')), 'malformed')
  })
})

describe('a PNG', () => {
  it('is malformed when its checksum is wrong', () => {
    const bytes = first('image/png')
    bytes.writeUInt32BE(60_000, 16)
    assert.equal(sizeOf('image/png', bytes), 'malformed')
  })

  it('is too large past a side or an area, and malformed at nothing', () => {
    assert.equal(sizeOf('image/png', png(65_536, 1)), 'too-large')
    assert.equal(sizeOf('image/png', png(2 ** 31, 2 ** 31)), 'too-large')
    assert.equal(sizeOf('image/png', png(60_000, 60_000)), 'too-large')
    assert.deepEqual(sizeOf('image/png', png(65_535, 2730)), { width: 65_535, height: 2730 })
    assert.equal(sizeOf('image/png', png(65_535, 2731)), 'too-large')
    assert.equal(sizeOf('image/png', png(0, 5)), 'malformed')
  })
})

/** The header of a PNG that claims this size, with the right checksum. */
function png(width: number, height: number): Buffer {
  const bytes = Buffer.from(first('image/png').subarray(0, 33))
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
  return bytes
}

/** By table, unlike the reader's. */
function crc32(bytes: Uint8Array): number {
  const table = Array.from({ length: 256 }, (_, index) => {
    let value = index
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    return value
  })
  let value = 0xffffffff
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}

describe('a JPEG', () => {
  it('has its size behind any segments, fill bytes and junk', () => {
    const app = segment(0xe1, 65_535)
    assert.deepEqual(sizeOf('image/jpeg', jpegBehind(app, app, segment(0xfe, 2))), SIZE)
    assert.deepEqual(sizeOf('image/jpeg', jpegBehind(Buffer.alloc(4000, 0xff))), SIZE)
    assert.deepEqual(sizeOf('image/jpeg', jpegBehind(Buffer.from([0, 1, 2, 0xff, 0]))), SIZE)
    assert.deepEqual(sizeOf('image/jpeg', jpegBehind(Buffer.from([0xff, 0xd0, 0xff, 0x01]))), SIZE)
  })

  it('may have a frame header of any kind, and tables whose codes lie among them are none', () => {
    for (let code = 0xc0; code <= 0xcf; code += 1) {
      const bytes = first('image/jpeg')
      bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + 1] = code
      const isTable = code === 0xc4 || code === 0xc8 || code === 0xcc
      assert.deepEqual(sizeOf('image/jpeg', bytes), isTable ? 'malformed' : SIZE, code.toString(16))
    }
  })

  it('is malformed without a frame header before the picture or the end', () => {
    assert.equal(sizeOf('image/jpeg', jpegBehind(segment(0xda, 12))), 'malformed')
    assert.equal(sizeOf('image/jpeg', jpegBehind(Buffer.from([0xff, 0xd9]))), 'malformed')
  })

  it('is malformed with a segment of length 0 or 1', () => {
    for (const length of [0, 1]) {
      assert.equal(sizeOf('image/jpeg', jpegBehind(Buffer.from([0xff, 0xe0, 0, length]))), 'malformed')
    }
  })

  it('costs a bounded number of looks, however much stands in front', () => {
    for (const front of [
      Buffer.concat(Array.from({ length: 200_000 }, () => segment(0xfe, 2))),
      Buffer.alloc(1_000_000, 0xff),
      Buffer.alloc(1_000_000),
      Buffer.concat(Array.from({ length: 200_000 }, () => Buffer.from([0xff, 0xd0]))),
    ]) {
      const counting = source(jpegBehind(front))
      assert.equal(readImageSize('image/jpeg', counting), 'malformed')
      assert.ok(counting.looks < 20_000, `${counting.looks} looks`)
    }
  })
})

describe('a GIF', () => {
  it('is as large as its first picture where that hangs over the screen', () => {
    const bytes = first('image/gif')
    bytes.writeUInt16LE(0, 6)
    bytes.writeUInt16LE(5, 8)
    assert.deepEqual(sizeOf('image/gif', bytes), SIZE)
  })

  it('steps over comments, but not over any number of them', () => {
    const bytes = first('image/gif')
    const at = bytes.indexOf(0x2c, 13)
    const comments = (count: number) =>
      Buffer.concat([
        bytes.subarray(0, at),
        ...Array.from({ length: count }, () => Buffer.from([0x21, 0xfe, 2, 0x2c, 0x3b, 0])),
        bytes.subarray(at),
      ])
    assert.deepEqual(sizeOf('image/gif', comments(1000)), SIZE)
    const counting = source(comments(200_000))
    assert.equal(readImageSize('image/gif', counting), 'malformed')
    assert.ok(counting.looks < 20_000)
  })

  it('is malformed without a picture', () => {
    const bytes = first('image/gif')
    bytes[bytes.indexOf(0x2c, 13)] = 0x3b
    assert.equal(sizeOf('image/gif', bytes), 'malformed')
  })
})

describe('a WebP', () => {
  it('may claim 24 bits a side, which is too large', () => {
    const bytes = Buffer.from(IMAGES['image/webp'][2] ?? '', 'base64')
    bytes.fill(0xff, 24, 30)
    assert.equal(sizeOf('image/webp', bytes), 'too-large')
    bytes.fill(0, 24, 30)
    assert.deepEqual(sizeOf('image/webp', bytes), { width: 1, height: 1 })
  })

  it('is malformed when it begins with no key frame', () => {
    const bytes = first('image/webp')
    bytes[20] = (bytes[20] ?? 0) | 1
    assert.equal(sizeOf('image/webp', bytes), 'malformed')
  })
})
