import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { type HeldVideo, mediaFromUrl } from '@moonbase/core/generation'
import type { VideoMeasure } from '@moonbase/format'
import { ApiError, type ErrorCode } from '@moonbase/protocol'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { mediaProbe } from './media-probe.ts'

const VIDEOS: Readonly<Record<string, VideoMeasure>> = {
  'clip.mp4': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.mov': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.webm': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.mkv': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.avi': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.flv': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.wmv': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'clip.3gp': { width: 128, height: 96, frames: 10, framesPerSecond: 10 },
  'clip.mpg': { width: 64, height: 48, frames: 25, framesPerSecond: 25 },
  'clip.mpeg': { width: 64, height: 48, frames: 25, framesPerSecond: 25 },
  'clip.m1v': { width: 64, height: 48, frames: 25, framesPerSecond: 25 },
  'fragmented.mp4': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'live.webm': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'live.flv': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  'rotated.mp4': { width: 64, height: 48, frames: 10, framesPerSecond: 10 },
  // Six frames in a second; where nothing says how long the last is shown, from the first to the last in 0.9 s.
  'variable.mp4': { width: 64, height: 48, frames: 6, framesPerSecond: 6 },
  'variable.webm': { width: 64, height: 48, frames: 6, framesPerSecond: 5 / 0.9 },
  'variable.flv': { width: 64, height: 48, frames: 6, framesPerSecond: 5 / 0.9 },
  'variable.wmv': { width: 64, height: 48, frames: 6, framesPerSecond: 5 / 0.9 },
}

const bytesOf = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))

/** As a request's video becomes one; what is not even recognised is refused before it is measured. */
function partOf(bytes: Buffer): HeldVideo | undefined {
  const part = mediaFromUrl('video', `data:;base64,${bytes.toString('base64')}`)
  return typeof part === 'object' && part.type === 'video' ? part : undefined
}

function videoOf(bytes: Buffer): HeldVideo {
  const part = partOf(bytes)
  assert.ok(part)
  return part
}

const clip = () => videoOf(bytesOf('clip.mp4'))
const never = { owner: 'acme', signal: new AbortController().signal }
const fails = (code: ErrorCode) => (error: unknown) => error instanceof ApiError && error.code === code

describe('mediaProbe', () => {
  const probe = mediaProbe()
  after(() => probe.close())

  for (const [name, measure] of Object.entries(VIDEOS)) {
    it(`measures ${name}`, async () => {
      assert.deepEqual(await probe.measure(videoOf(bytesOf(name)), never), measure)
    })
  }

  it('refuses sound without video, and bytes that only begin like a video', async () => {
    for (const bytes of [bytesOf('sound.mp4'), Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1')]) {
      await assert.rejects(probe.measure(videoOf(bytes), never), fails('unsupported_video_format'))
    }
  })

  it('measures or refuses every video that was cut or changed, and goes on', async () => {
    const seed = 20_261_120
    const random = seededRandom(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    for (const name of Object.keys(VIDEOS)) {
      const bytes = bytesOf(name)
      for (let round = 0; round < 24; round += 1) {
        const changed = Buffer.from(round % 2 === 0 ? bytes.subarray(0, below(bytes.length)) : bytes)
        for (let change = round % 4; change > 0; change -= 1) changed[below(Math.min(700, changed.length))] = below(256)
        await assertAnswered(partOf(changed), `${name}, round ${round} of seed ${seed}`)
      }
    }
    assert.deepEqual(await probe.measure(clip(), never), VIDEOS['clip.mp4'])
  })

  it('is not impressed by lengths that a container claims', async () => {
    for (const box of ['moov', 'trak', 'mdia', 'stbl', 'stsd', 'stts', 'stsz', 'stco', 'avcC', 'mvhd', 'tkhd']) {
      for (const claim of [0, 1, 0x7fffffff, 0xffffffff]) {
        const length = bytesOf('clip.mp4')
        const at = length.indexOf(box)
        assert.ok(at > 0, box)
        length.writeUInt32BE(claim, at - 4)
        await assertAnswered(partOf(length), `length ${claim} of ${box}`)
        const body = bytesOf('clip.mp4')
        body.writeUInt32BE(claim, at + 8)
        await assertAnswered(partOf(body), `entries ${claim} of ${box}`)
      }
    }
  })

  async function assertAnswered(part: HeldVideo | undefined, what: string): Promise<void> {
    if (part === undefined) return
    const answer = await probe.measure(part, never).catch((error: unknown) => error)
    // Some broken Flash videos hold the library up for ever, which is what the time limit is for.
    if (answer instanceof ApiError) return assert.equal(answer.status, 400, `${what}: ${answer.message}`)
    const { width, height, frames, framesPerSecond } = answer as VideoMeasure
    const isWhole = Number.isInteger(width) && Number.isInteger(height) && Number.isInteger(frames)
    const isFine = isWhole && width > 0 && height > 0 && frames > 0 && framesPerSecond > 0 && framesPerSecond < Infinity
    assert.ok(isFine, `${what}: ${JSON.stringify(answer)}`)
  }
})

/** A worker of these words instead of the real one. */
const program = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`)
const SAYS_READY = `import { parentPort as port } from 'node:worker_threads'; port.postMessage({ type: 'ready' });`

describe('a worker that fails', () => {
  it('is given up when it takes too long, and the next video gets another', async () => {
    const probe = mediaProbe({
      program: program(`${SAYS_READY} port.on('message', () => { for (;;); })`),
      limits: { timeMs: 20 },
    })
    for (let round = 0; round < 2; round += 1) {
      await assert.rejects(probe.measure(clip(), never), (error: unknown) => {
        assert.ok(error instanceof ApiError && error.status === 400)
        assert.equal(error.publicMessage, 'Invalid request: a video could not be read in time')
        return true
      })
    }
    await probe.close()
  })

  it('takes only its own video with it', async () => {
    const breaks = `${SAYS_READY} port.on('message', ({ size }) => {
      if (size < 2000) throw new Error('broken')
      port.postMessage({ type: 'measured', measure: { width: 1, height: 2, frames: 3, framesPerSecond: 4 } })
    })`
    const probe = mediaProbe({ program: program(breaks) })
    const [first, second, third] = await Promise.allSettled([
      probe.measure(clip(), never),
      probe.measure(videoOf(bytesOf('clip.flv')), never),
      probe.measure(clip(), never),
    ])
    assert.deepEqual([first?.status, second?.status, third?.status], ['fulfilled', 'rejected', 'fulfilled'])
    assert.ok(second?.status === 'rejected' && fails('unsupported_video_format')(second.reason))
    await probe.close()
  })

  it('is an error of ours when it does not start, says nothing or leaves', async () => {
    for (const [text, limits] of [
      [`throw new Error('no library')`, {}],
      [`setInterval(() => {}, 1000)`, { startMs: 20 }],
      [`process.exit(3)`, {}],
      [`${SAYS_READY} port.on('message', () => process.exit(0))`, {}],
    ] as const) {
      const probe = mediaProbe({ program: program(text), limits })
      await assert.rejects(probe.measure(clip(), never), fails('internal'))
      await probe.close()
    }
  })

  it('may not read in circles', async () => {
    const reads = `${SAYS_READY} port.on('message', () => port.postMessage({ type: 'read', offset: 0, length: 2000 }))`
    const probe = mediaProbe({ program: program(reads) })
    await assert.rejects(probe.measure(clip(), never), fails('unsupported_video_format'))
    await probe.close()
  })

  it('gets the bytes that it asks for, at any offset, and no more than there are', async () => {
    // Sums up every byte by reads of growing length, and says the sum as a width.
    const sums = `${SAYS_READY} let at = 0, sum = 0, end = 0
    port.on('message', (order) => {
      if (order.type === 'measure') { at = 0; sum = 0; end = order.size }
      else { for (const byte of order.bytes) sum += byte; at += order.bytes.length }
      if (at < end) port.postMessage({ type: 'read', offset: at, length: 1 + (at % 97) })
      else port.postMessage({ type: 'measured', measure: { width: sum, height: at, frames: 1, framesPerSecond: 1 } })
    })`
    const probe = mediaProbe({ program: program(sums) })
    for (const cut of [0, 1, 2]) {
      const bytes = bytesOf('clip.mp4').subarray(0, 2680 - cut)
      const { width, height } = await probe.measure(videoOf(bytes), never)
      assert.deepEqual([width, height], [bytes.reduce((sum, byte) => sum + byte, 0), bytes.length])
    }
    await probe.close()
  })
})

describe('a probe that is busy or closed', () => {
  const HANGS = `${SAYS_READY} port.on('message', () => {})`

  const of = (owner: string) => ({ ...never, owner })

  it('measures one of an owner at a time, so that 65 bombs of one take nobody else\u2019s turn', async () => {
    // Says what it was given as a width, and hangs at bombs, which are small.
    const measures = `${SAYS_READY} port.on('message', ({ size }) => {
      if (size > 2000) port.postMessage({ type: 'measured', measure: { width: size, height: 2, frames: 3, framesPerSecond: 4 } })
    })`
    const probe = mediaProbe({ program: program(measures) })
    const bomb = videoOf(bytesOf('clip.flv'))
    const bombs = Array.from({ length: 65 }, () => probe.measure(bomb, of('hostile')))
    await assert.rejects(probe.measure(bomb, of('hostile')), {
      code: 'share_limit',
      status: 429,
      retryAfterMs: 1000,
      publicMessage: 'Too much of hostile is in hand at once: videos to measure. Please try again after 1 seconds',
    })
    // Nothing of the other one ends before this does: its limit of time is two seconds for each.
    for (let round = 0; round < 3; round += 1) assert.equal((await probe.measure(clip(), of('other'))).height, 2)
    await Promise.all([probe.close(), ...bombs.map((measure) => assert.rejects(measure, fails('shutting_down')))])
  })

  it('refuses a video when too many wait of all', async () => {
    const probe = mediaProbe({ program: program(HANGS), pool: { waiting: 2 } })
    const held = ['a', 'b', 'c', 'd'].map((owner) => probe.measure(clip(), of(owner)))
    await assert.rejects(probe.measure(clip(), of('e')), fails('server_busy'))
    await Promise.all([probe.close(), ...held.map((measure) => assert.rejects(measure, fails('shutting_down')))])
    await assert.rejects(probe.measure(clip(), never), fails('shutting_down'))
  })

  it('lets go of the video of a client that left, running or waiting, and serves the next', async () => {
    // Asks for more bytes whatever it gets, and gives up when it gets none.
    const asks = `${SAYS_READY} port.on('message', (order) => {
      if (order.type === 'bytes' && order.bytes.length === 0)
        return port.postMessage({ type: 'unreadable', reason: 'is gone', broken: false })
      if (order.size < 2000)
        return port.postMessage({ type: 'measured', measure: { width: 1, height: 2, frames: 3, framesPerSecond: 4 } })
      port.postMessage({ type: 'read', offset: 0, length: 1 })
    })`
    const probe = mediaProbe({ program: program(asks) })
    const [running, waiting] = [new AbortController(), new AbortController()]
    const by = ({ signal }: AbortController) => ({ owner: 'acme', signal })
    const held = [probe.measure(clip(), by(running)), probe.measure(clip(), by(waiting))]
    const next = probe.measure(videoOf(bytesOf('clip.flv')), never)
    const gone = new Error('gone')
    waiting.abort(gone)
    running.abort(gone)
    await Promise.all(held.map((measure) => assert.rejects(measure, gone)))
    assert.equal((await next).height, 2)
    await assert.rejects(probe.measure(clip(), by(running)), gone)
    await probe.close()
  })

  it('closes without ever having started', async () => {
    await mediaProbe().close()
  })
})
