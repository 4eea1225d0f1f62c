import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAXIMUM_VIDEO_CHUNKS, imageTokens, videoChunkCount, videoChunks } from './index.ts'

/** Two independent ports of the checkpoint's processor agree on these. */
const IMAGES = [
  [28, 28, 1],
  [224, 224, 64],
  [448, 448, 256],
  [512, 512, 361],
  [600, 400, 330],
  [1024, 768, 1036],
  [1024, 1024, 1369],
  [1280, 720, 1196],
  [1920, 1080, 2691],
  [2048, 1080, 2886],
  [2560, 1440, 4214],
  [3840, 2160, 4214],
  [4096, 2160, 4183],
  [10_000, 10_000, 4096],
] as const

describe('imageTokens', () => {
  for (const [width, height, tokens] of IMAGES) {
    it(`counts ${tokens} for ${width} by ${height}, held either way`, () => {
      assert.equal(imageTokens({ width, height }), tokens)
      assert.equal(imageTokens({ width: height, height: width }), tokens)
    })
  }

  it('counts at least one token, for one pixel and for a hair', () => {
    assert.equal(imageTokens({ width: 1, height: 1 }), 1)
    assert.equal(imageTokens({ width: 1, height: 65_535 }), 256)
    assert.equal(imageTokens({ width: 65_535, height: 1 }), 256)
  })

  it('counts alike held either way, at any size', () => {
    for (let width = 1; width < 9000; width += 97) {
      for (let height = 1; height < 9000; height += 101) {
        assert.equal(imageTokens({ width, height }), imageTokens({ width: height, height: width }))
      }
    }
  })
})

describe('videoChunks', () => {
  const VIDEOS = [
    { seconds: 10, width: 1280, height: 720, chunks: 5, tokens: 1075 },
    { seconds: 10, width: 1920, height: 1080, chunks: 5, tokens: 1032 },
    { seconds: 60, width: 1920, height: 1080, chunks: 30, tokens: 1032 },
    { seconds: 10, width: 640, height: 360, chunks: 5, tokens: 299 },
  ]
  for (const { seconds, width, height, chunks, tokens } of VIDEOS) {
    it(`makes ${chunks} chunks of ${tokens} tokens from ${seconds} s at ${width} by ${height}`, () => {
      const made = videoChunks({ width, height, frames: seconds * 30, framesPerSecond: 30 })
      assert.equal(made.length, chunks)
      assert.ok(made.every((chunk) => chunk.tokens === tokens))
    })
  }

  const timestamps = (frames: number, framesPerSecond: number) =>
    videoChunks({ width: 64, height: 48, frames, framesPerSecond }).map(({ timestamp }) => timestamp)

  it('stamps each chunk with the time of its first frame', () => {
    // 20 of 300 frames, spread from 0 to 299: of these the fifth, ninth … are frames 63, 126, 189 and 252. The third's
    // time is a hair below 6.3 s, and is cut, not rounded.
    assert.deepEqual(timestamps(300, 30), [
      '00:00:00.000',
      '00:00:02.100',
      '00:00:04.200',
      '00:00:06.299',
      '00:00:08.400',
    ])
  })

  it('takes a slow video frame by frame, and a single frame as one chunk', () => {
    assert.deepEqual(timestamps(9, 1), ['00:00:00.000', '00:00:04.000', '00:00:08.000'])
    assert.deepEqual(timestamps(1, 30), ['00:00:00.000'])
    assert.deepEqual(timestamps(1, 0.001), ['00:00:00.000'])
  })

  it('rounds halves to even, as Python does', () => {
    // 2.5 sampled frames are 2 and 3.5 are 4; 8.5 are 8, of which the fifth makes the second chunk.
    assert.equal(timestamps(5, 4).length, 1)
    assert.equal(timestamps(17, 4).length, 2)
    assert.equal(timestamps(19, 4).length, 3)
    // 6 of 6 frames at 0.5 a second, and a chunk of the last two: frame 4 at 8 s.
    assert.deepEqual(timestamps(6, 0.5), ['00:00:00.000', '00:00:08.000'])
  })

  it('cuts milliseconds and begins again after a day', () => {
    const ntsc = timestamps(900, 30_000 / 1001)
    assert.equal(ntsc[1], '00:00:02.035')
    const long = videoChunks({ width: 64, height: 48, frames: 2 * 90_000, framesPerSecond: 2 })
    assert.equal(long.length, 45_000 > MAXIMUM_VIDEO_CHUNKS ? MAXIMUM_VIDEO_CHUNKS : 45_000)
  })

  it('cuts off what no window holds, and counts it without making it', () => {
    const absurd = { width: 64, height: 48, frames: 2 ** 50, framesPerSecond: 25 }
    assert.equal(videoChunks(absurd).length, MAXIMUM_VIDEO_CHUNKS)
    assert.equal(videoChunkCount(absurd), Math.ceil((2 ** 50 * 2) / 25 / 4))
  })
})
