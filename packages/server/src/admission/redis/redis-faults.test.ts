import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from 'redis'
import { eventually } from '../../../../../test/support/eventually.ts'
import { type ManualClock, manualClock } from '../../../../../test/support/manual-clock.ts'
import { steppedClock } from '../../../../../test/support/stepped-clock.ts'
import { type RedisServer, WITHOUT_REDIS, startRedis } from '../../../../../test/support/redis.ts'
import type { RateLimits } from '../../records/account-records.ts'
import { type Admission, type AdmissionAnswer, LimiterError, isRefusal } from '../limiter.ts'
import { Lease } from './lease.ts'
import { openLimiter } from '../open-limiter.ts'
import { RedisLimiter, type RedisLimiterParts, timingOf } from './redis-limiter.ts'
import { ADMIT, END } from './scripts.ts'

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const TIMING = timingOf(30_000)

let gateways = 0

interface Gateway extends AsyncDisposable {
  readonly limiter: RedisLimiter
  /** Its own; Redis has the time that `open` was given. */
  readonly clock: ManualClock
  readonly seen: string[]
}

async function open(
  { url }: RedisServer,
  more: Partial<RedisLimiterParts> = {},
  clock = manualClock(),
): Promise<Gateway> {
  gateways += 1
  const seen: string[] = []
  const limiter = await RedisLimiter.open({
    url,
    fail: 'open',
    clock,
    gateway: `gateway-${gateways}`,
    onDegraded: (degraded) => void seen.push(degraded ? 'away' : 'back'),
    timing: TIMING,
    ...more,
  })
  return { limiter, clock, seen, [Symbol.asyncDispose]: () => limiter.close() }
}

async function ask({ limiter }: Gateway, limits: Partial<RateLimits>, tokens = 1): Promise<AdmissionAnswer> {
  return limiter.admit({ subjects: [{ scope: 'organisation', id: 'org-1', limits: { ...NONE, ...limits } }], tokens })
}

function admitted(answer: AdmissionAnswer): Admission {
  assert.ok(!isRefusal(answer), 'it was refused')
  return answer
}

/** Until Redis, in its own time, has done what it was sent. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, Boolean)
}

/** The same, while its clock goes on: no faster than Redis can answer. */
async function passUntil({ clock }: Gateway, what: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    if (await what()) return true
    await clock.pass(100)
    await wait(20)
    return false
  })
}

/** What a gateway has is asked of Redis itself. */
async function withClient<Result>(url: string, use: (send: (words: string[]) => Promise<unknown>) => Promise<Result>) {
  const client = createClient({ url })
  await client.connect()
  try {
    return await use((words) => client.sendCommand(words))
  } finally {
    client.destroy()
  }
}

describe('several gateways on one Redis', { skip: WITHOUT_REDIS }, () => {
  it('let in one organisation’s worth together', async () => {
    await using redis = await startRedis()
    await using one = await open(redis)
    await using two = await open(redis)
    await using three = await open(redis)
    const limits = { concurrency: 70, rpm: 100, tpm: 10_000 }
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => ask([one, two, three][index % 3] ?? one, limits, 100)),
    )
    const let70 = answers.filter((answer) => !isRefusal(answer))
    assert.equal(let70.length, 70)
    for (const answer of let70) admitted(answer).end(100)
    const again = await Promise.all(
      Array.from({ length: 90 }, (_, index) => ask([one, two, three][index % 3] ?? one, limits, 100)),
    )
    // 70 of 100 requests of the minute were counted, and every one of them used its tokens.
    assert.equal(again.filter((answer) => !isRefusal(answer)).length, 30)
    assert.deepEqual(
      [one, two, three].map(({ limiter }) => limiter.figures.failures),
      [0, 0, 0],
    )
  })

  it('get back the slots of one that died when its leases are over, and not before', async () => {
    await using redis = await startRedis()
    const time = { now: 1_700_000_000_000 }
    const now = (): number => time.now
    await using one = await open(redis, { now })
    await using two = await open(redis, { now })
    const dead = await open(redis, { now })
    const limits = { concurrency: 3 }
    admitted(await ask(one, limits))
    for (let slot = 0; slot < 2; slot += 1) admitted(await ask(dead, limits))
    // As a process that is killed: its requests never end, and nothing is renewed.
    await dead.limiter.close()
    for (let beat = 0; beat < 6; beat += 1) {
      assert.ok(isRefusal(await ask(two, limits)), `after ${beat * 5} s`)
      time.now += 5_000
      for (const { clock } of [one, two]) await clock.pass(5_000)
      await until(async () => isRefusal(await ask(two, limits)) || beat === 5)
    }
    time.now += 1
    admitted(await ask(two, limits))
    admitted(await ask(one, limits))
    // The slot of the one that lives was renewed all the time.
    const refusal = await ask(two, limits)
    assert.ok(isRefusal(refusal))
    assert.deepEqual([refusal.refused, refusal.current], ['concurrency', 3])
  })

  it('lose no slot of one that lives while Redis stood still longer than a lease', async () => {
    await using redis = await startRedis()
    const time = { now: 1_700_000_000_000 }
    const now = (): number => time.now
    await using one = await open(redis, { now })
    await using two = await open(redis, { now })
    const limits = { concurrency: 1 }
    const held = admitted(await ask(one, limits))
    for (let beat = 0; beat < 5; beat += 1) {
      time.now += 5_000
      for (const { clock } of [one, two]) await clock.pass(5_000)
      assert.ok(isRefusal(await ask(two, limits)))
    }
    // Nobody hears of Redis for five minutes; then the other one is first.
    time.now += 300_000
    assert.ok(isRefusal(await ask(two, limits)))
    time.now += 5_000
    await one.clock.pass(5_000)
    await until(async () => (await leases(redis.url)).every((ends) => ends > time.now))
    for (let beat = 0; beat < 6; beat += 1) {
      time.now += 5_000
      for (const { clock } of [one, two]) await clock.pass(5_000)
      await until(async () => (await leases(redis.url)).every((ends) => ends === time.now + TIMING.leaseMs))
      assert.ok(isRefusal(await ask(two, limits)))
    }
    held.end(1)
    await until(async () => !isRefusal(await ask(two, limits)))
  })

  it('renew leases of another length as often in it, and another gateway waits as long for them', async () => {
    await using redis = await startRedis()
    const time = { now: 1_700_000_000_000 }
    const parts = { now: () => time.now, timing: timingOf(120_000) }
    await using one = await open(redis, parts)
    await using two = await open(redis, parts)
    const limits = { concurrency: 1 }
    admitted(await ask(one, limits))
    assert.deepEqual(await leases(redis.url), [time.now + 120_000])
    const until119s = time.now + 119_000
    time.now += 20_000
    await one.clock.pass(20_000)
    await until(async () => (await leases(redis.url)).every((ends) => ends === time.now + 120_000))
    // From here on the first one is gone; the other has been there all the time.
    while (time.now < until119s) {
      time.now += 20_000
      await two.clock.pass(20_000)
      assert.ok(isRefusal(await ask(two, limits)))
    }
    time.now += 20_001
    await two.clock.pass(20_000)
    admitted(await ask(two, limits)).end(1)
  })

  it('are as long as the configuration says', async () => {
    await using redis = await startRedis()
    const store = { kind: 'redis', url: redis.url } as const
    const clock = manualClock()
    const limiter = await openLimiter({ store, fail: 'closed', leaseMs: 600_000 }, clock, 'gateway', () => undefined)
    try {
      const subject = { scope: 'organisation', id: 'org-1', limits: { ...NONE, concurrency: 1 } } as const
      admitted(await limiter.admit({ subjects: [subject], tokens: 1 }))
      const [ends = 0] = await leases(redis.url)
      const [seconds] = await withClient(redis.url, async (send) => {
        const told = await send(['TIME'])
        assert.ok(Array.isArray(told))
        return told.map(Number)
      })
      assert.ok(ends > (seconds ?? Infinity) * 1_000 + 300_000)
    } finally {
      await limiter.close()
    }
  })

  it('renew leases that Redis has lost', async () => {
    await using redis = await startRedis()
    await using one = await open(redis)
    await using two = await open(redis)
    const limits = { concurrency: 1 }
    const held = admitted(await ask(one, limits))
    await redis.restart()
    await passUntil(one, () => !one.limiter.figures.degraded)
    await until(async () => (await leases(redis.url)).length === 1)
    await passUntil(two, () => !two.limiter.figures.degraded)
    assert.ok(isRefusal(await ask(two, limits)))
    held.end(1)
    await until(async () => (await leases(redis.url)).length === 0)
  })
})

function isAnswer(answer: unknown): answer is AdmissionAnswer {
  return typeof answer === 'object' && answer !== null && !(answer instanceof Error)
}

async function leases(url: string): Promise<number[]> {
  return withClient(url, async (send) => {
    const found = await send(['ZRANGE', 'moonbase:{org-1}:organisation:org-1:leases', '0', '-1', 'WITHSCORES'])
    assert.ok(Array.isArray(found))
    return found.flatMap((entry: unknown) => (Array.isArray(entry) ? [Number(entry[1])] : []))
  })
}

describe('what a gateway was told of a window', { skip: WITHOUT_REDIS }, () => {
  it('is what is left of it, to the last token, for a minute', async () => {
    await using redis = await startRedis()
    // Redis is there, however much time passes here at once.
    await using gateway = await open(redis, { fail: 'closed', timing: { ...TIMING, callTimeoutMs: 1e9 } })
    const subjects = [{ scope: 'organisation' as const, id: 'org-1', limits: { ...NONE, tpm: 10 } }]
    admitted(await ask(gateway, { tpm: 10 }, 4))
    assert.equal(gateway.limiter.room(subjects), 6)
    admitted(await ask(gateway, { tpm: 10 }, 6))
    assert.equal(gateway.limiter.room(subjects), 0)
    await gateway.clock.pass(59_000)
    assert.equal(gateway.limiter.room(subjects), 0)
    await gateway.clock.pass(1_001)
    assert.equal(gateway.limiter.room(subjects), undefined)
  })
})

describe('a gateway whose Redis is away', { skip: WITHOUT_REDIS }, () => {
  it('has not gone when it is the gateway that stood still', async () => {
    await using redis = await startRedis()
    const clock = steppedClock()
    await using gateway = await open(redis, { clock })
    const answer = ask(gateway, { rpm: 5 })
    // All of it passes before a reply can be read, as in a process that had no turn.
    await clock.pass(700)
    admitted(await answer).end(1)
    assert.deepEqual([gateway.seen, gateway.limiter.figures.failures], [[], 0])
  })

  it('lets in on its own count when its choice is open, says so, and comes back', async () => {
    await using redis = await startRedis()
    await using gateway = await open(redis)
    const limits = { rpm: 2 }
    admitted(await ask(gateway, limits))
    admitted(await ask(gateway, limits))
    assert.ok(isRefusal(await ask(gateway, limits)))
    await redis.kill()
    await until(() => gateway.limiter.figures.degraded)
    const alone = admitted(await ask(gateway, limits))
    assert.deepEqual(alone.requests, { limit: 2, remaining: 1, resetMs: 61_000 })
    admitted(await ask(gateway, limits))
    assert.ok(isRefusal(await ask(gateway, limits)))
    await redis.restart()
    await passUntil(gateway, () => !gateway.limiter.figures.degraded)
    assert.deepEqual(gateway.seen, ['away', 'back'])
    admitted(await ask(gateway, limits))
  })

  it('lets nobody in when its choice is closed, and comes back', async () => {
    await using redis = await startRedis()
    await using gateway = await open(redis, { fail: 'closed' })
    const held = admitted(await ask(gateway, { concurrency: 5 }))
    await redis.kill()
    await until(() => gateway.limiter.figures.degraded)
    await assert.rejects(ask(gateway, { rpm: 5 }), LimiterError)
    // Whoever has no limits is not counted.
    admitted(await ask(gateway, {})).end(0)
    held.end(1)
    assert.equal(gateway.limiter.figures.running, 0)
    await redis.restart()
    await passUntil(gateway, () => !gateway.limiter.figures.degraded)
    admitted(await ask(gateway, { rpm: 5 }))
  })

  for (const fail of ['open', 'closed'] as const) {
    it(`waits for a Redis that stands still once and no longer than the timeout (${fail})`, async () => {
      await using redis = await startRedis()
      await using gateway = await open(redis, { fail })
      const limits = { concurrency: 2, tpd: 1_000 }
      const before = admitted(await ask(gateway, limits, 100))
      redis.pause()
      const waiting = ask(gateway, limits, 200).then(
        (answer) => answer,
        (error: unknown) => error,
      )
      await gateway.clock.pass(TIMING.callTimeoutMs + 100)
      const answer = await waiting
      if (fail === 'closed') assert.ok(answer instanceof LimiterError)
      assert.equal(gateway.limiter.figures.degraded, true)
      // The next one does not wait at all.
      const next = await ask(gateway, limits, 300).catch((error: unknown) => error)
      assert.equal(next instanceof LimiterError, fail === 'closed')
      before.end(0)
      redis.resume()
      await passUntil(gateway, () => !gateway.limiter.figures.degraded)
      await passUntil(gateway, async () => (await leases(redis.url)).length === (fail === 'open' ? 1 : 0))
      if (fail === 'open') {
        // What Redis had counted without saying so in time runs, is known to both, and ends in both.
        assert.ok(isAnswer(answer))
        admitted(answer).end(150)
        await passUntil(gateway, async () => (await leases(redis.url)).length === 0)
      }
      const used = fail === 'open' ? 150 : 0
      const refusal = await ask(gateway, limits, 1_000 - used + 1)
      assert.ok(isRefusal(refusal) || used === 0)
      if (isRefusal(refusal)) assert.equal(refusal.current, used)
    })
  }

  for (const fail of ['open', 'closed'] as const) {
    it(`answers everybody and leaves no slot behind when Redis is paused, killed and started in the middle (${fail})`, async () => {
      await using redis = await startRedis({ keep: true })
      await using gateway = await open(redis, { fail })
      const limits = { concurrency: 30, rpm: 1_000_000, tpm: 1_000_000_000 }
      let running: Admission[] = []
      const counts = { admitted: 0, refused: 0, failed: 0 }
      const round = async (): Promise<void> => {
        const asked = Array.from({ length: 20 }, () => ask(gateway, limits, 100).catch((error: unknown) => error))
        for (const admission of running.splice(0, 12)) admission.end(10)
        if (away) await gateway.clock.pass(TIMING.callTimeoutMs + 100)
        for (const answer of await Promise.all(asked)) {
          if (!isAnswer(answer)) {
            assert.ok(answer instanceof LimiterError)
            counts.failed += 1
          } else if (isRefusal(answer)) counts.refused += 1
          else {
            counts.admitted += 1
            running.push(answer)
          }
        }
      }
      const rounds = async (many: number): Promise<void> => {
        for (let done = 0; done < many; done += 1) await round()
      }
      let away = false
      await rounds(5)
      assert.equal(counts.failed, 0)
      away = true
      redis.pause()
      await rounds(5)
      redis.resume()
      away = false
      await passUntil(gateway, () => !gateway.limiter.figures.degraded)
      await rounds(5)
      away = true
      const killed = redis.kill()
      await rounds(5)
      await killed
      await rounds(5)
      await redis.restart()
      away = false
      await passUntil(gateway, () => !gateway.limiter.figures.degraded)
      await rounds(5)
      assert.equal(counts.failed > 0, fail === 'closed')
      for (const admission of running) admission.end(10)
      running = []
      assert.equal(gateway.limiter.figures.running, 0)
      await passUntil(gateway, async () => (await leases(redis.url)).length === 0)
      assert.ok(gateway.limiter.figures.failures > 0)
    })
  }

  it('owes an end once: told twice, it gives back once', async () => {
    await using redis = await startRedis({ keep: true })
    await using gateway = await open(redis)
    const limits = { tpm: 1_000 }
    const first = admitted(await ask(gateway, limits, 600))
    admitted(await ask(gateway, limits, 300))
    redis.pause()
    first.end(100)
    await gateway.clock.pass(TIMING.callTimeoutMs + 100)
    first.end(0)
    // The end was sent and not answered; it is sent again when Redis is back, although it had been done.
    redis.resume()
    await passUntil(gateway, () => !gateway.limiter.figures.degraded)
    await gateway.clock.pass(1_000)
    const refusal = await ask(gateway, limits, 601)
    assert.ok(isRefusal(refusal))
    assert.equal(refusal.current, 400)
  })

  it('gives nothing back of what Redis has lost', async () => {
    await using redis = await startRedis()
    const now = (): number => 1_700_000_000_000
    await using gateway = await open(redis, { now })
    const limits = { tpm: 1_000, tpd: 5_000 }
    const lost = admitted(await ask(gateway, limits, 600))
    await redis.restart()
    await passUntil(gateway, () => !gateway.limiter.figures.degraded)
    await passUntil(gateway, async () => (await leases(redis.url)).length === 1)
    admitted(await ask(gateway, limits, 50))
    lost.end(0)
    await until(async () => (await leases(redis.url)).length === 1)
    const refusal = await ask(gateway, limits, 1_001)
    assert.ok(isRefusal(refusal))
    assert.equal(refusal.current, 0)
  })

  it('ends a lease once, however often Redis is told', async () => {
    await using redis = await startRedis()
    const limits = { ...NONE, tpm: 1_000 }
    const request = { subjects: [{ scope: 'organisation', id: 'org-1', limits }] as const, tokens: 600 }
    const lease = new Lease('gateway:1', request, request.subjects)
    await withClient(redis.url, async (send) => {
      const reply = await send(['EVAL', ADMIT.text, ...lease.admitWords('', 1_000, 0)])
      assert.ok(Array.isArray(reply))
      lease.counted(Number(reply[1]), Number(reply[2]))
      assert.deepEqual(await send(['EVAL', END.text, ...lease.endWords(400)]), 1)
      assert.deepEqual(await send(['EVAL', END.text, ...lease.endWords(400)]), 0)
      assert.equal(await send(['HGET', 'moonbase:{org-1}:organisation:org-1:windows', 't']), '400')
    })
  })

  it('starts without it, and finds it later', async () => {
    const redis = await startRedis()
    await redis.kill()
    try {
      const clock = manualClock()
      const opening = open(redis, {}, clock)
      await until(() => clock.sleepers > 1)
      await clock.pass(2_000)
      await using gateway = await opening
      admitted(await ask(gateway, { rpm: 1 }))
      assert.ok(isRefusal(await ask(gateway, { rpm: 1 })))
      assert.deepEqual(gateway.seen, ['away'])
      await redis.restart()
      await passUntil(gateway, () => !gateway.limiter.figures.degraded)
    } finally {
      await redis[Symbol.asyncDispose]()
    }
  })

  it('goes on when Redis has forgotten the scripts', async () => {
    await using redis = await startRedis()
    await using gateway = await open(redis)
    admitted(await ask(gateway, { rpm: 2 }))
    await withClient(redis.url, (send) => send(['SCRIPT', 'FLUSH']))
    admitted(await ask(gateway, { rpm: 2 }))
    assert.ok(isRefusal(await ask(gateway, { rpm: 2 })))
    assert.equal(gateway.limiter.figures.failures, 0)
  })

  it('keeps no key for ever', async () => {
    await using redis = await startRedis()
    await using gateway = await open(redis)
    admitted(await ask(gateway, { concurrency: 1, rpm: 2, tpm: 100, tpd: 1_000 }))
    await withClient(redis.url, async (send) => {
      const keys = await send(['KEYS', '*'])
      assert.ok(Array.isArray(keys) && keys.length === 2)
      for (const key of keys) assert.ok(Number(await send(['PTTL', String(key)])) > 80_000_000, String(key))
    })
  })
})
