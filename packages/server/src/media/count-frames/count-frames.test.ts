import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { everySplit, seededRandom } from '../../../../../test/support/every-split.ts'
import { asfFrames } from './asf-frames.ts'
import { ByteWindow } from './byte-window.ts'
import { flvFrames } from './flv-frames.ts'
import { FrameClock } from './frame-clock.ts'
import { matroskaFrames } from './matroska-frames.ts'
import { mp4Frames } from './mp4-frames.ts'
import { mpegFrames } from './mpeg-frames.ts'

const bytesOf = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

interface CountingWindow {
  readonly window: ByteWindow
  /** Bytes that were read. */
  read: number
}

function windowOn(bytes: Uint8Array): CountingWindow {
  const counting: CountingWindow = {
    window: new ByteWindow(bytes.length, (length, offset) => {
      counting.read += length
      return Promise.resolve(bytes.subarray(offset, offset + length))
    }),
    read: 0,
  }
  return counting
}

const COUNTERS = [
  { files: ['clip.mp4', 'clip.mov', 'clip.3gp', 'fragmented.mp4', 'variable.mp4'], count: mp4Frames },
  { files: ['clip.webm', 'live.webm', 'variable.webm', 'clip.mkv'], count: matroskaFrames },
  { files: ['clip.flv', 'live.flv', 'variable.flv'], count: flvFrames },
  { files: ['clip.wmv', 'variable.wmv'], count: asfFrames },
  {
    files: ['clip.mpg', 'clip.mpeg', 'clip.m1v'],
    count: async (window: ByteWindow) => ({ frames: await mpegFrames(window), framesPerSecond: 25 }),
  },
]

for (const { files, count } of COUNTERS) {
  for (const name of files) {
    describe(`frames of ${name}`, () => {
      const bytes = bytesOf(name)
      const frames = name.startsWith('variable') ? 6 : /\.m(?:pe?g|1v)$/.test(name) ? 25 : 10
      // Only MP4 says how long the last frame is shown.
      const rate = frames === 6 && name !== 'variable.mp4' ? 5 / 0.9 : frames

      it('are counted', async () => {
        const counted = await count(windowOn(bytes).window)
        assert.equal(counted?.frames, frames)
        assert.ok(Math.abs((counted.framesPerSecond ?? 0) - rate) < 1e-9)
      })

      it('are fewer the earlier it is cut', async () => {
        let before = 0
        for (let length = 0; length <= bytes.length; length += 7) {
          const now = (await count(windowOn(bytes.subarray(0, length)).window))?.frames ?? 0
          assert.ok(now >= before && now <= frames, `${now} frames in ${length} bytes`)
          before = now
        }
        assert.ok(before >= frames - 1)
      })

      it('are some number or none, whatever has changed, and little is read twice', async () => {
        const seed = 20_261_120
        const random = seededRandom(seed)
        const below = (limit: number) => Math.floor(random() * limit)
        for (let round = 0; round < 300; round += 1) {
          const changed = Buffer.from(bytes)
          for (let change = 0; change <= round % 5; change += 1) changed[below(changed.length)] = below(256)
          const counting = windowOn(changed)
          const counted = await count(counting.window)
          const what = `round ${round} of seed ${seed}`
          if (counted !== undefined) assert.ok(counted.frames >= 0 && counted.frames <= 2 * bytes.length, what)
          assert.ok(counting.read <= 4 * bytes.length, `${what}: ${counting.read} bytes read`)
        }
      })
    })
  }
}

describe('a program stream', () => {
  const picture = [0, 0, 1, 0, 0x11, 0x22]
  const field = (structure: number) => [...picture, 0, 0, 1, 0xb5, 0x8f, 0xff, 0xf0 | structure, 0x80]
  /** A system clock pack of MPEG-2, then each piece as a packet of its own, of the video stream 0 unless said. */
  const stream = (pieces: readonly Uint8Array[], id = 0xe0) =>
    Buffer.concat([
      Buffer.from([0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8]),
      ...pieces.map((piece) => Buffer.from([0, 0, 1, id, 0, piece.length + 3, 0x80, 0, 0, ...piece])),
    ])
  const countOf = (bytes: Uint8Array) => mpegFrames(windowOn(bytes).window)

  it('holds as many pictures however they are cut into packets', async () => {
    for (const pieces of everySplit(Uint8Array.from([...picture, ...picture]), 3)) {
      assert.equal(await countOf(stream(pieces)), 2)
    }
  })

  it('holds one picture for two fields', async () => {
    const fields = Uint8Array.from([...field(1), ...field(2), ...field(3)])
    assert.equal(await countOf(stream([fields])), 2)
  })

  it('takes pictures of its first video stream, and what sounds like some for none', async () => {
    const sound = stream([Uint8Array.from(picture)], 0xc0)
    const first = stream([Uint8Array.from(picture)])
    const second = stream([Uint8Array.from([...picture, ...picture])], 0xe1)
    assert.equal(await countOf(Buffer.concat([sound, first, second])), 1)
  })

  it('goes on behind bytes that are none of its own', async () => {
    const first = stream([Uint8Array.from(picture)])
    assert.equal(await countOf(Buffer.concat([first, Buffer.alloc(3000), first])), 2)
  })
})

describe('an ASF packet', () => {
  /** The header of a file with one video stream, number 1, and packets of sixty-four bytes. */
  function file(...packets: readonly (readonly number[])[]): Buffer {
    const object = (id: string, length: number) => {
      const bytes = Buffer.alloc(length)
      bytes.write(id, 'hex')
      bytes.writeUInt32LE(length, 16)
      return bytes
    }
    const properties = object('a1dcab8c47a9cf118ee400c00c205365', 104)
    properties.writeUInt32LE(64, 92)
    const video = object('9107dcb7b7a9cf118ee600c00c205365', 78)
    video.write('c0ef19bc4d5bcf11a8fd00805f5c442b', 24, 'hex')
    video[72] = 1
    const data = object('3626b2758e66cf11a6d900aa0062ce6c', 50)
    const whole = packets.map((packet) => Buffer.concat([Buffer.from(packet)], 64))
    return Buffer.concat([object('3026b2758e66cf11a6d900aa0062ce6c', 30), properties, video, data, ...whole])
  }
  const countOf = (bytes: Uint8Array) => asfFrames(windowOn(bytes).window)
  const HEAD = [0x82, 0, 0, 0x11, 0x5d, 0, 0, 0, 0, 0, 0, 0, 0]
  const time = (ms: number) => [8, 0, 0, 0, 0, ms & 0xff, ms >> 8, 0, 0]

  it('counts a frame where its first piece stands, of the video stream alone', async () => {
    // Two payloads, lengths in two bytes: the start of a frame, and a later piece of one.
    const one = [...HEAD, 0x82, 0x81, 0, 0, 0, 0, 0, ...time(0), 2, 0, 7, 7, 0x01, 0, 9, 0, 0, 0, ...time(0), 1, 0, 7]
    const sound = [...HEAD, 0x81, 0x02, 0, 0, 0, 0, 0, ...time(300), 1, 0, 7]
    const two = [...HEAD, 0x81, 0x01, 1, 0, 0, 0, 0, ...time(500), 1, 0, 7]
    assert.deepEqual(await countOf(file(one, sound, two)), { frames: 2, framesPerSecond: 2 })
  })

  it('counts each frame of a packed payload', async () => {
    // One byte of replicated data says 40 ms between frames; three frames of one, two and no bytes.
    const packed = [...HEAD, 0x81, 0x81, 0, 0, 0, 0, 0, 1, 40, 6, 0, 1, 7, 2, 7, 7, 0]
    assert.deepEqual(await countOf(file(packed)), { frames: 3, framesPerSecond: 25 })
  })

  it('lets a broken packet go', async () => {
    const good = [...HEAD, 0x81, 0x81, 0, 0, 0, 0, 0, ...time(0), 1, 0, 7]
    const broken = [...HEAD, 0x81, 0x81, 0, 9, 0, 0, 0, 0xff]
    assert.equal((await countOf(file(good, broken, good)))?.frames, 2)
  })
})

describe('FrameClock', () => {
  const counted = (...times: number[]) => {
    const clock = new FrameClock()
    for (const time of times) clock.count(time)
    return clock.counted()
  }

  it('takes the usual rate that fits to the millisecond, in any order of frames', () => {
    assert.deepEqual(counted(0, 67, 33, 100), { frames: 4, framesPerSecond: 30 })
    const ntsc = Array.from({ length: 300 }, (_, frame) => Math.round((frame * 1001) / 30))
    assert.deepEqual(counted(...ntsc), { frames: 300, framesPerSecond: 30_000 / 1001 })
  })

  it('takes the mean of unusual ones, and knows none of a single frame', () => {
    assert.deepEqual(counted(0, 100, 150, 900), { frames: 4, framesPerSecond: 3000 / 900 })
    assert.deepEqual(counted(7), { frames: 1, framesPerSecond: undefined })
    assert.equal(counted(), undefined)
  })
})
