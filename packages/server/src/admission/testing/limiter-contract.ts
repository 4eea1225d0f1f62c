/** The contract that every limiter keeps, as tests: a limiter's test file says how it is opened and calls `limiterContract`. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import type { RateLimits } from '../../records/account-records.ts'
import { followSchedule } from './limiter-schedule.ts'
import {
  type Admission,
  type AdmissionAnswer,
  type LimitRefusal,
  type LimitedSubject,
  type Limiter,
} from '../limiter.ts'
import { isRefusal } from '../limiter.ts'

export interface LimiterContractParts {
  /** With counts that other limiters may share: ids are never used twice. `now` is the time that it counts by. */
  open(now: () => number): Promise<Limiter>
  readonly skip?: string | false
  /** Random stories, and how long each is. */
  readonly seeds: number
  readonly steps: number
}

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const START = 1_700_000_000_000

let organisations = 0

export function limiterContract(name: string, parts: LimiterContractParts): void {
  const { skip = false, seeds, steps } = parts
  const scene = async (): Promise<Scene> => {
    const time = { now: START }
    organisations += 1
    return new Scene(time, await parts.open(() => time.now), `${process.pid}-${organisations}`)
  }

  void describe(`limiter contract: ${name}`, { skip }, () => {
    void it('lets as many run at once as the limit says, and one more when one has ended', async () => {
      await using at = await scene()
      const limits = { ...NONE, concurrency: 2 }
      const first = await at.admitted(limits)
      await at.admitted(limits)
      const refusal = await at.refused(limits)
      assert.deepEqual(
        [refusal.refused, refusal.current, refusal.limit, refusal.retryAfterMs],
        ['concurrency', 2, 2, 1000],
      )
      first.end(0)
      first.end(0)
      await at.admitted(limits)
      await at.refused(limits)
    })

    void it('says truly when a refused request would be let in', async () => {
      await using at = await scene()
      const limits = { ...NONE, rpm: 3 }
      for (const wait of [0, 10_400, 20_000]) {
        at.time.now += wait
        await at.admitted(limits)
      }
      const refusal = await at.refused(limits)
      assert.deepEqual([refusal.refused, refusal.current, refusal.limit], ['rpm', 3, 3])
      // The first came at :00.0 and leaves when the whole second that it is counted in has left.
      assert.equal(refusal.retryAfterMs, 61_000 - 30_400)
      at.time.now += 61_000 - 30_400 - 1
      assert.equal((await at.refused(limits)).retryAfterMs, 1)
      at.time.now += 1
      await at.admitted(limits)
      await at.refused(limits)
    })

    void it('counts tokens when a request comes, and gives back what it did not use', async () => {
      await using at = await scene()
      const limits = { ...NONE, tpm: 1000, tpd: 1500 }
      const first = await at.admitted(limits, 800)
      assert.deepEqual(told(await at.refused(limits, 300)), ['tpm', 800, 1000, 61_000])
      first.end(100)
      await at.admitted(limits, 900)
      assert.deepEqual(told(await at.refused(limits, 1)), ['tpm', 1000, 1000, 61_000])
      at.time.now += 61_000
      const last = await at.admitted(limits, 500)
      // 15 minutes more than the 24 hours, less what has passed of them: both began in the same quarter of an hour.
      assert.deepEqual(told(await at.refused(limits, 1)), ['tpd', 1500, 1500, 87_300_000 - (at.time.now % 900_000)])
      at.time.now += 600_000
      last.end(0)
      await at.admitted(limits, 500)
    })

    void it('gives nothing back that has left already, and no more than was counted', async () => {
      await using at = await scene()
      const limits = { ...NONE, tpm: 1000 }
      const old = await at.admitted(limits, 1000)
      at.time.now += 61_000
      await at.admitted(limits, 900)
      old.end(0)
      const large = await at.admitted(limits, 100)
      large.end(5000)
      assert.deepEqual(told(await at.refused(limits, 1)), ['tpm', 1000, 1000, 61_000])
    })

    void it('never lets in what is larger than a limit, and says so', async () => {
      await using at = await scene()
      assert.deepEqual(told(await at.refused({ ...NONE, tpm: 100 }, 101)), ['tpm', 0, 100, undefined])
      assert.deepEqual(told(await at.refused({ ...NONE, rpm: 0 })), ['rpm', 0, 0, undefined])
      assert.deepEqual(told(await at.refused({ ...NONE, concurrency: 0 })), ['concurrency', 0, 0, undefined])
    })

    void it('counts nothing of a request that any subject refuses, and tells the longest wait', async () => {
      await using at = await scene()
      const organisation = at.subject('organisation', { concurrency: 9, rpm: 9, tpm: 900, tpd: null })
      const key = at.subject('key', { ...NONE, rpm: 1 })
      await at.admit([organisation, key], 10)
      at.time.now += 2_000
      await at.admit([organisation], 800)
      for (let time = 0; time < 3; time += 1) {
        const refusal = await at.admit([organisation, key], 100)
        assert.ok(isRefusal(refusal))
        // The organisation is asked first; the key would let it in first.
        assert.deepEqual(told(refusal), ['tpm', 810, 900, 59_000])
        assert.equal(refusal.subject, organisation)
      }
      const late = await at.admit([key, organisation], 895)
      assert.ok(isRefusal(late))
      assert.deepEqual(told(late), ['rpm', 1, 1, 61_000])
      const next = await at.admit([organisation], 90)
      assert.ok(!isRefusal(next))
      assert.deepEqual(next.requests, { limit: 9, remaining: 6, resetMs: 61_000 })
    })

    void it('keeps its counts when limits change', async () => {
      await using at = await scene()
      for (let time = 0; time < 3; time += 1) await at.admitted({ concurrency: 3, rpm: 3, tpm: 300, tpd: null }, 100)
      assert.equal((await at.refused({ concurrency: 3, rpm: 3, tpm: 300, tpd: null }, 100)).refused, 'concurrency')
      const higher = await at.admitted({ concurrency: 50, rpm: 200, tpm: 2_000, tpd: null }, 100)
      assert.deepEqual(higher.requests, { limit: 200, remaining: 196, resetMs: 61_000 })
      assert.deepEqual(told(await at.refused({ ...NONE, tpm: 300 }, 100)), ['tpm', 400, 300, 61_000])
    })

    void it('lets in whoever has no limits, and has no figures of them', async () => {
      await using at = await scene()
      for (let time = 0; time < 20; time += 1) {
        assert.equal((await at.admitted(NONE, 1_000_000_000)).requests, null)
      }
      assert.equal((await at.admitted({ ...NONE, tpm: 10 }, 10)).requests, null)
      assert.equal(at.limiter.figures.running, 21)
    })

    void it('counts the tokens of a later round, and neither a slot nor a request', async () => {
      await using at = await scene()
      const owner = at.subject('organisation', { concurrency: 1, rpm: 1, tpm: 1000, tpd: null })
      const ask = (tokens: number, within: boolean): Promise<AdmissionAnswer> =>
        Promise.resolve(at.limiter.admit({ subjects: [owner], tokens, within }))
      const first = await ask(400, false)
      assert.ok(!isRefusal(first))
      const second = await ask(500, true)
      assert.ok(!isRefusal(second))
      assert.deepEqual([second.requests, at.limiter.figures.running], [null, 1])
      const third = await ask(200, true)
      assert.ok(isRefusal(third))
      assert.deepEqual(told(third), ['tpm', 900, 1000, 61_000])
      second.end(300)
      second.end(0)
      assert.ok(!isRefusal(await ask(300, true)))
      assert.equal(at.limiter.figures.running, 1)
      // The slot is still that of the first.
      const other = await ask(1, false)
      assert.ok(isRefusal(other))
      assert.deepEqual(told(other), ['concurrency', 1, 1, 61_000])
    })

    void it('gives back what a round did not use, and keeps the slot', async () => {
      await using at = await scene()
      const limits = { ...NONE, concurrency: 1, tpm: 1000 }
      const first = await at.admitted(limits, 800)
      first.giveBack(100)
      first.giveBack(0)
      const waits = await at.refused(limits, 900)
      assert.deepEqual(told(waits), ['concurrency', 1, 1, 1000])
      first.end(700)
      first.giveBack(0)
      await at.admitted(limits, 900)
      assert.equal((await at.refused({ ...NONE, tpm: 1000 }, 1)).current, 1000)
    })

    void it('knows what tokens there is room for, of all subjects, or that it does not know', async () => {
      await using at = await scene()
      const { limiter } = at
      const organisation = at.subject('organisation', { ...NONE, rpm: 9, tpm: 1000 })
      const key = at.subject('key', { ...NONE, tpd: 700 })
      assert.equal(limiter.room([at.subject('organisation', { ...NONE, rpm: 9 })]), Infinity)
      // Where it has to be asked for, nothing was told yet.
      assert.ok([700, undefined].includes(limiter.room([organisation, key])))
      const first = await at.admit([organisation, key], 600)
      assert.equal(limiter.room([organisation, key]), 100)
      if (!isRefusal(first)) first.end(0)
      await at.admit([organisation, key], 50)
      assert.equal(limiter.room([organisation, key]), 650)
      assert.ok(isRefusal(await at.admit([organisation, key], 651)))
    })

    void it('tells whose organisation has room, also when only tokens were given back', async () => {
      await using at = await scene()
      const organisation = new Promise<string>((resolve) => {
        at.limiter.onRoom(resolve)
      })
      const work = at.subject('batch-organisation', { ...NONE, concurrency: 1, tpm: 10 })
      const answer = await at.admit([work], 10)
      assert.ok(!isRefusal(answer))
      answer.giveBack(1)
      assert.equal(await organisation, work.id)
    })

    void it('tells whose organisation has room', async () => {
      await using at = await scene()
      const organisation = new Promise<string>((resolve) => {
        at.limiter.onRoom(resolve)
      })
      // Also when only its key is limited.
      const owner = at.subject('organisation', NONE)
      const answer = await at.admit([owner, at.subject('key', { ...NONE, concurrency: 1 })], 1)
      assert.ok(!isRefusal(answer))
      answer.end(1)
      assert.equal(await organisation, owner.id)
    })

    void it('never lets more into any 60 seconds than the limit, wherever they begin', async () => {
      await using at = await scene()
      const random = seededRandom(4)
      const limits = { ...NONE, rpm: 7, tpm: 2_000 }
      const admitted: { at: number; tokens: number }[] = []
      for (let step = 0; step < 400; step += 1) {
        at.time.now += Math.floor(random() * 6_000)
        const tokens = Math.floor(random() * 900)
        const answer = await at.admit([at.subject('organisation', limits)], tokens)
        if (!isRefusal(answer)) admitted.push({ at: at.time.now, tokens })
      }
      assert.ok(admitted.length > 50)
      for (const { at: from } of admitted) {
        const inside = admitted.filter((each) => each.at >= from && each.at < from + 60_000)
        assert.ok(inside.length <= 7)
        assert.ok(inside.reduce((sum, { tokens }) => sum + tokens, 0) <= 2_000)
      }
    })

    void it(`answers as a plain list of all that ever happened would (${seeds} seeds)`, async () => {
      for (let seed = 1; seed <= seeds; seed += 1) {
        await using at = await scene()
        const { limiter, time, name: unused } = at
        try {
          await followSchedule({ limiter, time, steps, random: seededRandom(seed), name: unused })
        } catch (error) {
          throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
        }
      }
    })
  })
}

/** One organisation of its own, and a limiter. */
class Scene implements AsyncDisposable {
  readonly time: { now: number }
  readonly limiter: Limiter
  readonly name: string

  constructor(time: { now: number }, limiter: Limiter, name: string) {
    this.time = time
    this.limiter = limiter
    this.name = name
  }

  subject(scope: LimitedSubject['scope'], limits: RateLimits): LimitedSubject {
    return { scope, id: `${scope}-${this.name}`, limits }
  }

  async admit(subjects: readonly LimitedSubject[], tokens: number): Promise<AdmissionAnswer> {
    return this.limiter.admit({ subjects, tokens })
  }

  async admitted(limits: RateLimits, tokens = 1): Promise<Admission> {
    const answer = await this.admit([this.subject('organisation', limits)], tokens)
    assert.ok(!isRefusal(answer), 'it was refused')
    return answer
  }

  async refused(limits: RateLimits, tokens = 1): Promise<LimitRefusal> {
    const answer = await this.admit([this.subject('organisation', limits)], tokens)
    assert.ok(isRefusal(answer), 'it was let in')
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.limiter.close()
  }
}

function told({ refused, current, limit, retryAfterMs }: LimitRefusal): unknown[] {
  return [refused, current, limit, retryAfterMs]
}
