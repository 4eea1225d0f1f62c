/** The bench measures what it says: right answers count, wrong ones are named, and no figure depends on how bytes are cut. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Child, stopAll } from '../bench/child.ts'
import { INSPECT, Inspector, INSPECTOR_ADDRESS } from '../bench/inspector.ts'
import { liveMemoryOf } from '../bench/live-memory.ts'
import type { LoadOrder } from '../bench/load/order.ts'
import { ReplyReader } from '../bench/load/reply-reader.ts'
import { liveKb, measureLive } from '../bench/measure-idle.ts'
import { measureLoad } from '../bench/measure-load.ts'
import { choosePlan } from '../bench/plan.ts'
import { AGENT_TURN } from '../bench/prompts/prompt.ts'
import { cpuSecondsBetween, readCpu } from '../bench/process-usage.ts'
import { Rig } from '../bench/rig.ts'
import { LATER_MS, type Scene } from '../bench/script.ts'
import { moonbase, ownBuild } from '../bench/subjects/moonbase.ts'
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
    const { answers, faults } = await rig.load({ ...order('whole'), connections: 512, perSecond: 200 })
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

  test("agents' turns are answered, whole and streamed, each of them new", async () => {
    for (const scene of ['whole', 'burst'] as const) {
      const { answers, faults } = await rig.load({ ...order(scene), prompt: AGENT_TURN })
      assert.deepEqual(faults, {})
      assert.ok(answers > 0)
    }
  })

  test('an engine that reads first says nothing before it has', async () => {
    const { firstPieceUs, faults } = await rig.load(order('later'))
    assert.deepEqual(faults, {})
    // A timer of Node may be a millisecond early, and never more.
    assert.ok(firstPieceUs.p50 > (LATER_MS - 1) * 1000)
  })

  test('a heavy client asks until it is told to stop, and what it gets is checked as well', async () => {
    await rig.press({ scene: 'whole', prompt: AGENT_TURN, target: target(), connections: 2 })
    const { answers, faults } = await rig.load({ ...order('whole'), connections: 512, perSecond: 100 })
    const heavy = await rig.relax([])
    assert.deepEqual([faults, heavy.faults], [{}, {}])
    assert.ok(answers > 0 && heavy.answers > 0)

    await rig.press({
      scene: 'whole',
      prompt: { kind: 'text', bytes: 5000 },
      target: target(),
      connections: 1,
      tooLong: true,
    })
    const { answers: refusals, faults: missing } = await rig.relax([])
    assert.equal(refusals, 0)
    assert.deepEqual(Object.keys(missing), ['status 200'])
  })

  test('a moonbase that was just started has its rows, with a client of another organisation beside the heavy one', async () => {
    const running = await moonbase(ownBuild()).start(rig.upstreamPort, undefined)
    const plan = {
      ...choosePlan({ name: 'quick', only: ['agent-whole', 'light-agents'] }),
      windowScale: 0.2,
      settleMs: 0,
    }
    for (const load of plan.loads) {
      const { faults, heavy } = await measureLoad(load, running, rig, plan)
      assert.deepEqual([faults, heavy?.faults ?? {}], [{}, {}], load.key)
      assert.equal(heavy === undefined, load.beside === undefined)
    }
    assert.notDeepEqual(running.neighbour?.headers, running.target.headers)
    await running.stop()
  })

  test('what a stream of a moonbase holds that waits is told by itself, and its garbage is not', async () => {
    const running = await moonbase(ownBuild()).start(rig.upstreamPort, undefined, { isInspected: true })
    const record = await measureLive({ idleStreams: 40 }, running, running.inspector ?? '', rig)
    await running.stop()
    assert.deepEqual([record.ready, record.faults], [40, {}])
    // A heap that has never been collected grows by megabytes meanwhile, and a stream that holds nothing could not be let go.
    assert.ok(liveKb(record) > 5 && liveKb(record) < 100, `${liveKb(record)} KB`)
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

test('the memory of a process is what its threads hold, in the heap and outside, and no garbage', async () => {
  const worker = "setInterval(() => {}, 1e6); require('node:worker_threads').parentPort.postMessage('runs')"
  const program = `new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true })
    .on('message', () => console.log('ready'))`
  const child = new Child({ name: 'holder', command: [process.execPath, INSPECT, '-e', program], core: undefined })
  await child.line(/^(ready)$/)
  const inspector = await Inspector.open(child.logged(INSPECTOR_ADDRESS) ?? '')
  const { threads } = inspector
  assert.equal(threads.length, 2)
  const empty = await liveMemoryOf(inspector, threads)
  const numbers = 'Array.from({ length: 500_000 }, (_, index) => index + 0.5)'
  for (const thread of threads) {
    await inspector.evaluate(thread, `globalThis.held = [${numbers}, new Uint8Array(3e6)]; 'held'`)
    await inspector.evaluate(thread, `${numbers}; new Uint8Array(3e6); 'dropped'`)
  }
  const held = await liveMemoryOf(inspector, threads)
  inspector.close()
  await child.stop()
  const grownMb = [held.heapKb - empty.heapKb, held.outsideKb - empty.outsideKb].map((kb) => (kb * 1024) / 2e6)
  // Eight bytes a number and a little of V8's own; what was dropped would be as much again.
  const story = `${grownMb.join(' and ')} MB in each thread`
  assert.ok(Math.abs((grownMb[0] ?? 0) - 4) < 1.5 && Math.abs((grownMb[1] ?? 0) - 3) < 1, story)
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

test('a long request that comes in many pieces is joined once, and one without end is refused by name', () => {
  const reader = new RequestReader()
  const whole = Buffer.concat([
    Buffer.from('POST /long HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n'),
    Buffer.alloc(1_000_000),
  ])
  const read = []
  for (let at = 0; at < whole.length; at += 65_536) read.push(...reader.push(whole.subarray(at, at + 65_536)))
  assert.deepEqual(
    read.map(({ path, body }) => [path, body.length]),
    [['/long', 1_000_000]],
  )
  assert.throws(() => new RequestReader().push(Buffer.alloc(5_000_000)), /request-limit/)
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
