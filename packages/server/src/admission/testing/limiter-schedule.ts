/** Drives a limiter and its model through the same random story, and demands the same answers. */

import assert from 'node:assert/strict'
import type { RateLimits } from '../../records/account-records.ts'
import { type Admission, type LimitedSubject, type Limiter, isRefusal } from '../limiter.ts'
import { type Decision, LimiterModel } from './limiter-model.ts'

export interface Schedule {
  readonly limiter: Limiter
  readonly random: () => number
  /** The limiter's time. */
  readonly time: { now: number }
  readonly steps: number
  /** Makes ids that nobody else uses. */
  readonly name: string
}

interface Running {
  readonly admission: Admission
  readonly request: number
  readonly tokens: number
}

/** Steps of time: within a bucket, about a bucket, about a window, to the edge of one. */
const LEAPS: readonly ((now: number, random: () => number) => number)[] = [
  (now, random) => now + Math.floor(random() * 400),
  (now, random) => now + Math.floor(random() * 2_500),
  (now, random) => now + 55_000 + Math.floor(random() * 8_000),
  (now, random) => now + Math.floor(random() * 4_000_000),
  (now, random) => now + 85_000_000 + Math.floor(random() * 3_000_000),
  (now) => (Math.floor(now / 1_000) + 1) * 1_000 - 1,
  (now) => (Math.floor(now / 900_000) + 1) * 900_000,
]
/** Often the small ones. */
const LEAP_CHANCES = [0, 0, 0, 0, 1, 1, 1, 1, 5, 5, 2, 3, 6, 4]

/** @throws AssertionError at the first answer that differs, with the step */
export async function followSchedule({ limiter, random, time, steps, name }: Schedule): Promise<void> {
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]
  const model = new LimiterModel()
  let callers = someCallers(name, random)
  const running: Running[] = []
  for (let step = 0; step < steps; step += 1) {
    const chance = random()
    if (chance < 0.25) {
      time.now = pick(LEAP_CHANCES.flatMap((leap) => LEAPS[leap] ?? []))?.(time.now, random) ?? time.now
    } else if (chance < 0.45) {
      const [ended] = running.splice(Math.floor(random() * running.length), 1)
      if (ended === undefined) continue
      const used = pick([0, ended.tokens, Math.floor(random() * ended.tokens), ended.tokens + 5]) ?? 0
      model.end(ended.request, used)
      ended.admission.end(used)
      if (random() < 0.2) ended.admission.end(0)
    } else if (chance < 0.47) {
      // Its round is over, and it goes on.
      const one = pick(running)
      if (one === undefined) continue
      const used = Math.floor(random() * one.tokens)
      model.giveBack(one.request, used)
      one.admission.giveBack(used)
    } else if (chance < 0.5) {
      // Limits rise and fall; callers stay who they are.
      callers = callers.map((subjects) => subjects.map((subject) => ({ ...subject, limits: someLimits(random) })))
    } else {
      const subjects = pick(callers) ?? []
      const tokens = Math.floor(random() * (random() < 0.05 ? 1200 : 300))
      const asked = { subjects, tokens, within: random() < 0.15 }
      const expected = model.admit(asked, time.now)
      const answer = await limiter.admit(asked)
      const decision: Decision = isRefusal(answer)
        ? { ...answer, subject: `${answer.subject.scope} ${answer.subject.id}` }
        : { requests: answer.requests }
      assert.deepEqual(decision, expected.decision, `step ${step}`)
      if (!isRefusal(answer) && expected.request !== undefined) {
        running.push({ admission: answer, request: expected.request, tokens })
      }
    }
  }
  for (const { admission } of running) admission.end(0)
}

/** Organisations alone, with projects, with keys, in any order of scopes that the server uses, and batch work of their own. */
function someCallers(name: string, random: () => number): LimitedSubject[][] {
  return Array.from({ length: 6 }, (_, index) => {
    const owner = index % 2
    const organisation: LimitedSubject = {
      scope: 'organisation',
      id: `org-${name}-${owner}`,
      limits: someLimits(random),
    }
    const project: LimitedSubject = { scope: 'project', id: `proj-${name}-${owner}`, limits: someLimits(random) }
    const key: LimitedSubject = { scope: 'key', id: `ak-${name}-${index}`, limits: someLimits(random) }
    if (index === 5)
      return [
        { ...organisation, scope: 'batch-organisation' },
        { ...key, scope: 'batch-key' },
      ]
    if (index < 2) return [organisation]
    return index < 4 ? [organisation, key] : [organisation, project, key]
  })
}

function someLimits(random: () => number): RateLimits {
  const some = (most: number): number | null => (random() < 0.3 ? null : Math.floor(random() * most))
  return { concurrency: some(12), rpm: some(25), tpm: some(2_500), tpd: some(12_000) }
}
