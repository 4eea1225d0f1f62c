/** The bench measures what it says: right answers count, wrong ones are named, and no figure depends on how bytes are cut. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { stopAll } from '../bench/child.ts'
import type { LoadOrder } from '../bench/load/order.ts'
import { ReplyReader } from '../bench/load/reply-reader.ts'
import { readOptions } from '../bench/options.ts'
import { choosePlan } from '../bench/plan.ts'
import { compare } from '../bench/report/beside.ts'
import { cpuSecondsBetween, readCpu } from '../bench/process-usage.ts'
import { Rig } from '../bench/rig.ts'
import type { Scene } from '../bench/script.ts'
import { CHAT_PATH } from '../bench/subjects/subject.ts'
import { median, percentile } from '../bench/statistics.ts'
import { RequestReader } from '../bench/upstream/request-reader.ts'

const NO_PROC = process.platform !== 'linux' && 'it reads /proc'

describe('the bench against its own upstream', { skip: NO_PROC }, () => {
  let rig: Rig

  before(async () => {
    rig = await Rig.start({ subject: undefined, generator: undefined, upstream: undefined })
  })
  after(stopAll)

  const target = () => ({ port: rig.upstreamPort, path: CHAT_PATH, headers: {} })
  const order = (scene: Scene): LoadOrder => ({
    scene,
    target: target(),
    connections: 4,
    settleMs: 0,
    windowMs: 250,
    pids: [],
  })

  test('whole replies are all complete and right', async () => {
    const { answers, faults, wholeUs } = await rig.load(order('whole'))
    assert.deepEqual(faults, {})
    assert.ok(answers > 0)
    assert.equal(wholeUs.count, answers)
  })

  test('whole replies are all complete and right when they arrive at a fixed rate', async () => {
    const { answers, faults } = await rig.load({ ...order('whole'), connections: 64, perSecond: 200 })
    assert.deepEqual(faults, {})
    assert.ok(answers > 0)
  })

  test('streams in a burst are all complete and right', async () => {
    const { answers, pieces, faults } = await rig.load(order('burst'))
    assert.deepEqual(faults, {})
    assert.ok(answers > 0)
    assert.ok(pieces >= answers)
  })

  test('the chunks of paced streams carry the time at which they were sent', async () => {
    const { pieces, pieceUs, faults } = await rig.load({ ...order('paced'), windowMs: 400 })
    assert.deepEqual(faults, {})
    assert.ok(pieces > 0)
    assert.equal(pieceUs.count, pieces)
    assert.ok(pieceUs.p50 > 0, 'no chunk arrives before it was sent')
  })

  test('a stream that breaks in the middle counts as a fault and never as an answer', async () => {
    const { answers, faults } = await rig.load(order('cut'))
    assert.equal(answers, 0)
    assert.ok((faults['closed before the answer was whole'] ?? 0) > 0)
  })

  test('a refusal counts as a fault and is kept to look at', async () => {
    const result = await rig.load({ ...order('whole'), target: { ...target(), path: '/v1/nothing' } })
    assert.equal(result.answers, 0)
    assert.ok((result.faults['status 404'] ?? 0) > 0)
    assert.match(result.firstBadAnswer ?? '', /no such route/)
  })

  test('nobody who listens counts as a fault', async () => {
    const { faults } = await rig.load({ ...order('whole'), target: { ...target(), port: 1 } })
    assert.deepEqual(Object.keys(faults), ['socket ECONNREFUSED'])
  })

  test('idle streams are held until they are let go, and the upstream sees both', async () => {
    assert.deepEqual(await rig.hold({ target: target(), streams: 30 }), { ready: 30, faults: {} })
    assert.equal(await rig.openStreams(), 30)
    await rig.release()
    let open = await rig.openStreams()
    for (let asked = 0; open > 0 && asked < 1000; asked++) open = await rig.openStreams()
    assert.equal(open, 0)
  })
})

test('a reply is framed the same wherever its bytes are cut', () => {
  const replies = Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole' +
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nin \r\nA\r\nten pieces\r\n0\r\n\r\n' +
      'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n',
  )
  for (let first = 0; first <= replies.length; first++) {
    for (let second = first; second <= replies.length; second++) {
      const cuts = [replies.subarray(0, first), replies.subarray(first, second), replies.subarray(second)]
      assert.equal(framed(cuts), '200:whole;200:in ten pieces;503:;', `cut at ${first} and ${second}`)
    }
  }
})

test('a request is framed the same wherever its bytes are cut', () => {
  const requests = Buffer.from(
    'POST /a HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody' +
      'POST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nin\r\n5\r\n two!\r\n0\r\n\r\n' +
      'GET /c HTTP/1.1\r\n\r\n',
  )
  for (let cut = 0; cut <= requests.length; cut++) {
    const reader = new RequestReader()
    const read = [...reader.push(requests.subarray(0, cut)), ...reader.push(requests.subarray(cut))]
    const words = read.map(({ method, path, body }) => `${method} ${path} ${body.toString()}`)
    assert.deepEqual(words, ['POST /a body', 'POST /b in two!', 'GET /c '], `cut at ${cut}`)
  }
})

test('a reply without length or chunks is refused by name', () => {
  assert.throws(() => framed([Buffer.from('HTTP/1.1 200 OK\r\n\r\n')]), /reply-framing/)
})

test('percentiles are the nearest rank, and the median of an even number lies between the middle two', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  assert.deepEqual(
    [50, 99, 100].map((percent) => percentile(hundred, percent)),
    [50, 99, 100],
  )
  assert.equal(percentile([7], 99), 7)
  assert.equal(percentile([], 50), 0)
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
})

test('the CPU of a process is counted by its threads as the process itself counts it', { skip: NO_PROC }, () => {
  const used = (since?: NodeJS.CpuUsage): number => {
    const { user, system } = process.cpuUsage(since)
    return (user + system) / 1e6
  }
  const outside = process.cpuUsage()
  const earlier = readCpu([process.pid])
  const inside = process.cpuUsage()
  // Until it has had so much of a core, however long others have it.
  while (used(inside) < 0.1);
  const atLeast = used(inside)
  const counted = cpuSecondsBetween(earlier, readCpu([process.pid]))
  const atMost = used(outside)
  // Of a thread that runs the scheduler may not have noted the last of its ticks; wrong units are further off by far.
  const story = `${counted} s, and between ${atLeast} and ${atMost} s`
  assert.ok(counted > atLeast / 2 && counted < atMost * 2, story)
})

test('rows are chosen by name or by what their names begin with, and unknown ones are refused', () => {
  const rows = (only: string[]) => choosePlan({ name: 'quick', only }).loads.map(({ key }) => key)
  assert.deepEqual(rows(['whole', 'burst-steady']), ['whole', 'burst-steady'])
  const { loads, starts, idleRounds, rounds } = choosePlan({ name: 'quick', only: ['idle'], rounds: 9 })
  assert.deepEqual([loads, starts, idleRounds, rounds], [[], 0, 9, 9])
  assert.throws(() => rows(['nothing']), /no such row: nothing/)
})

test('another checkout is named behind its folder, and compared round by round', () => {
  const { beside } = readOptions(['--beside', '/tmp/a=b=before', '--beside', '/tmp/c=c'])
  assert.deepEqual(beside, [
    { folder: '/tmp/a=b', name: 'before' },
    { folder: '/tmp/c', name: 'c' },
  ])
  assert.throws(() => readOptions(['--beside', '/tmp/a']), /<folder>=<name>/)
  // The machine was twice as slow in the second round: both show it, their ratio does not.
  const { differences, ratio } = compare({ ours: [11, 22, 11], theirs: [10, 20, 10, 99] })
  assert.deepEqual([differences, ratio], [[1, 2, 1], 1.1])
})

/** What a reader makes of these reads: the status and the body of each reply. */
function framed(reads: readonly Buffer[]): string {
  let said = ''
  const reader = new ReplyReader({
    head: (status) => void (said += `${status}:`),
    body: (bytes, start, end) => void (said += bytes.toString('latin1', start, end)),
    end: () => void (said += ';'),
  })
  for (const bytes of reads) reader.push(bytes)
  return said
}
