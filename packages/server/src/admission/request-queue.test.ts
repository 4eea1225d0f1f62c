import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type ManualClock, manualClock } from '../../../../test/support/manual-clock.ts'
import { seededRandom } from '../../../../test/support/every-split.ts'
import type { RateLimits } from '../records/account-records.ts'
import type { RequestClass } from '../records/request-record.ts'
import {
  type Admission,
  type AdmissionAnswer,
  type AdmissionRequest,
  type LimitedSubject,
  isRefusal,
} from './limiter.ts'
import { MemoryLimiter } from './memory/memory-limiter.ts'
import { RequestQueue, type RequestQueueParts, parseWait } from './request-queue.ts'

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const ONE_AT_A_TIME: RateLimits = { ...NONE, concurrency: 1 }

function lineWith({ most, mostOfOne, late = false }: { most?: number; mostOfOne?: number; late?: boolean } = {}) {
  const clock: ManualClock = manualClock()
  const memory = new MemoryLimiter({ now: clock.now })
  const asked: string[] = []
  const limiter: RequestQueueParts['limiter'] = {
    admit(request) {
      asked.push(request.subjects[0]?.id ?? '')
      return late ? setImmediate().then(() => memory.admit(request)) : memory.admit(request)
    },
    onRoom: (listener) => {
      memory.onRoom(listener)
    },
  }
  const line = new RequestQueue({
    limiter,
    clock,
    ...(most === undefined ? {} : { most }),
    ...(mostOfOne === undefined ? {} : { mostOfOne }),
  })
  return { clock, line, asked, memory }
}

interface Wish {
  readonly organisation?: string
  readonly limits?: RateLimits
  readonly more?: readonly LimitedSubject[]
  readonly tokens?: number
  readonly waitMs?: number
  readonly signal?: AbortSignal
  readonly class?: RequestClass
  readonly within?: boolean
}

function ask(line: RequestQueue, wish: Wish = {}): ReturnType<RequestQueue['admit']> {
  const { organisation = 'one', limits = ONE_AT_A_TIME, more = [], tokens = 1, waitMs = 30_000, within = false } = wish
  const { class: of = 'interactive', signal = new AbortController().signal } = wish
  const scope = of === 'batch' ? 'batch-organisation' : 'organisation'
  const request: AdmissionRequest = { subjects: [{ scope, id: organisation, limits }, ...more], tokens, within }
  return line.admit(request, { organisation, class: of, waitMs, signal })
}

function admitted(answer: AdmissionAnswer | 'full' | undefined): Admission {
  assert.ok(answer !== undefined && answer !== 'full' && !isRefusal(answer), 'it was not let in')
  return answer
}

/** What has been answered so far. */
function watched(answer: ReturnType<RequestQueue['admit']>): {
  answer: AdmissionAnswer | 'full' | undefined
  error: unknown
} {
  assert.ok(answer instanceof Promise, 'it was answered at once')
  const seen: ReturnType<typeof watched> = { answer: undefined, error: undefined }
  answer.then(
    (given) => {
      seen.answer = given
      return undefined
    },
    (error: unknown) => {
      seen.error = error
    },
  )
  return seen
}

test('who has room is let in at once, and who does not wait is refused at once', () => {
  const { line } = lineWith()
  const first = ask(line)
  assert.ok(!(first instanceof Promise))
  const second = ask(line, { waitMs: 0 })
  assert.ok(!(second instanceof Promise) && second !== 'full' && isRefusal(second))
  assert.equal(line.length, 0)
})

test('who waits is let in when one of its organisation has ended, in the order of coming', async () => {
  const { line, clock, asked } = lineWith()
  const running = admitted(await ask(line))
  const waiting = [1, 2, 3].map(() => watched(ask(line)))
  assert.equal(line.length, 3)
  running.end(0)
  await clock.pass(0)
  admitted(waiting[0]?.answer).end(0)
  assert.deepEqual([waiting[1]?.answer, waiting[2]?.answer], [undefined, undefined])
  await clock.pass(0)
  admitted(waiting[1]?.answer).end(0)
  await clock.pass(0)
  admitted(waiting[2]?.answer)
  // Two came and were refused; each end then let in one, and asked in vain for the next.
  assert.equal(asked.length, 2 + 2 + 2 + 1)
  assert.deepEqual([line.length, clock.sleepers], [0, 0])
})

test('nobody overtakes those who wait, not even who asks for less or does not wait', async () => {
  const { line, clock } = lineWith()
  const limits = { ...NONE, tpm: 1000 }
  admitted(await ask(line, { limits, tokens: 600 }))
  await clock.pass(5_000)
  const large = watched(ask(line, { limits, tokens: 900, waitMs: 100_000 }))
  const small = ask(line, { limits, tokens: 1, waitMs: 0 })
  assert.ok(!(small instanceof Promise) && small !== 'full' && isRefusal(small))
  assert.deepEqual([small.refused, small.retryAfterMs], ['tpm', 56_000])
  const later = watched(ask(line, { limits, tokens: 100, waitMs: 100_000 }))
  await clock.pass(55_999)
  assert.equal(large.answer, undefined)
  await clock.pass(1)
  admitted(large.answer)
  admitted(later.answer)
})

test('who leaves while it is being let in takes no slot', async () => {
  const { line, clock, memory } = lineWith({ late: true })
  const running = admitted(await ask(line))
  const leaves = new AbortController()
  const waiting = watched(ask(line, { signal: leaves.signal }))
  await setImmediate()
  await setImmediate()
  assert.equal(line.length, 1)
  running.end(0)
  // It has been asked for, and the answer is under way.
  await Promise.resolve()
  leaves.abort(new Error('it left'))
  await clock.pass(0)
  await setImmediate()
  await setImmediate()
  assert.ok(waiting.error instanceof Error)
  assert.deepEqual([memory.figures.running, line.length], [0, 0])
})

test('a key that is at its limit keeps only its own requests waiting', async () => {
  const { line, clock } = lineWith()
  const limits = { ...NONE, concurrency: 10 }
  const key = (id: string): readonly LimitedSubject[] => [{ scope: 'key', id, limits: ONE_AT_A_TIME }]
  const running = admitted(await ask(line, { limits, more: key('a') }))
  const waiting = watched(ask(line, { limits, more: key('a') }))
  admitted(await ask(line, { limits, more: key('b') }))
  const other = watched(ask(line, { limits, more: key('b') }))
  running.end(0)
  await clock.pass(0)
  admitted(waiting.answer)
  assert.equal(other.answer, undefined)
})

test('who waited in vain gets its last refusal', async () => {
  const { line, clock } = lineWith()
  const limits = { ...NONE, rpm: 1 }
  admitted(await ask(line, { limits }))
  const waiting = [2_000, 7_000].map((waitMs) => watched(ask(line, { limits, waitMs })))
  await clock.pass(1_999)
  assert.equal(line.length, 2)
  await clock.pass(1)
  const [first, second] = waiting
  assert.ok(first?.answer !== undefined && first.answer !== 'full' && isRefusal(first.answer))
  assert.deepEqual([first.answer.refused, first.answer.retryAfterMs], ['rpm', 59_000])
  await clock.pass(5_000)
  assert.ok(second?.answer !== undefined && second.answer !== 'full' && isRefusal(second.answer))
  assert.deepEqual([second.answer.retryAfterMs, line.length, clock.sleepers], [54_000, 0, 0])
})

test('who leaves is forgotten, and keeps no place', async () => {
  for (const late of [false, true]) {
    const { line, clock, memory } = lineWith({ late })
    const running = admitted(await ask(line))
    const gone = new AbortController()
    const leaves = watched(ask(line, { signal: gone.signal }))
    await clock.pass(0)
    const stays = watched(ask(line))
    await clock.pass(0)
    running.end(0)
    // With a late limiter it leaves while it is being let in.
    await Promise.resolve()
    gone.abort(new Error('gone'))
    for (let turn = 0; turn < 5; turn += 1) await clock.pass(0)
    if (late) assert.match(String(leaves.error), /gone/)
    else admitted(leaves.answer).end(0)
    await clock.pass(0)
    admitted(stays.answer)
    assert.deepEqual([line.length, memory.figures.running], [0, 1])
  }
  const { line } = lineWith()
  admitted(await ask(line))
  await assert.rejects(async () => ask(line, { signal: AbortSignal.abort(new Error('gone before')) }), /gone before/)
  assert.equal(line.length, 0)
})

test('what can never be let in does not wait', async () => {
  const { line, clock } = lineWith()
  const limits = { ...NONE, tpm: 100 }
  const never = await ask(line, { limits, tokens: 101 })
  assert.ok(never !== 'full' && isRefusal(never) && never.retryAfterMs === undefined)
  admitted(await ask(line, { limits, tokens: 100 }))
  // Behind another it learns it when it is asked for.
  const first = watched(ask(line, { limits, tokens: 10, waitMs: 90_000 }))
  const second = watched(ask(line, { limits, tokens: 101, waitMs: 90_000 }))
  const third = watched(ask(line, { limits, tokens: 10, waitMs: 90_000 }))
  await clock.pass(61_000)
  admitted(first.answer)
  assert.ok(second.answer !== undefined && second.answer !== 'full' && isRefusal(second.answer))
  admitted(third.answer)
})

test('who stood behind one that left or waited in vain is let in as soon as it has room', async () => {
  const limits = { ...NONE, tpm: 1_000 }
  for (const leaves of [true, false]) {
    const { line, clock } = lineWith()
    admitted(await ask(line, { limits, tokens: 600 }))
    const gone = new AbortController()
    const large = watched(ask(line, { limits, tokens: 900, waitMs: 5_000, signal: gone.signal }))
    const small = watched(ask(line, { limits, tokens: 100 }))
    if (leaves) gone.abort(new Error('gone'))
    else await clock.pass(4_999)
    assert.equal(small.answer, undefined)
    await clock.pass(leaves ? 0 : 1)
    admitted(small.answer)
    assert.ok(leaves ? large.error !== undefined : large.answer !== undefined)
  }
})

test('the line is bounded, in all and for one organisation', async () => {
  const { line } = lineWith({ most: 5, mostOfOne: 3 })
  for (const organisation of ['one', 'two']) admitted(await ask(line, { organisation }))
  for (let time = 0; time < 3; time += 1) watched(ask(line))
  assert.equal(ask(line), 'full')
  for (let time = 0; time < 2; time += 1) watched(ask(line, { organisation: 'two' }))
  assert.equal(ask(line, { organisation: 'two' }), 'full')
  assert.equal(line.length, 5)
})

test('organisations take turns', async () => {
  const { line, clock, asked } = lineWith()
  const limits = { ...NONE, rpm: 3 }
  for (const organisation of ['one', 'two']) {
    for (let time = 0; time < 3; time += 1) admitted(await ask(line, { organisation, limits }))
  }
  for (const organisation of ['one', 'two']) {
    for (let time = 0; time < 3; time += 1) watched(ask(line, { organisation, limits, waitMs: 70_000 }))
  }
  asked.length = 0
  await clock.pass(61_000)
  assert.deepEqual(asked, ['one', 'two', 'one', 'two', 'one', 'two'])
})

test('batch work has slots of its own, and its turn only while nobody of its organisation waits', async () => {
  const { line, clock, asked } = lineWith()
  const person = admitted(await ask(line))
  // Slots of its own: what somebody waits for leaves it alone.
  const first = admitted(await ask(line, { class: 'batch' }))
  const batch = [1, 2].map(() => watched(ask(line, { class: 'batch', waitMs: 1e6 })))
  const people = [1, 2].map(() => watched(ask(line)))
  // There is a slot for it, and it does not get it.
  first.end(0)
  await clock.pass(0)
  assert.deepEqual([batch[0]?.answer, batch[1]?.answer], [undefined, undefined])
  const refused = ask(line, { class: 'batch', waitMs: 0 })
  assert.ok(!(refused instanceof Promise) && refused !== 'full' && isRefusal(refused))
  assert.equal(line.length, 4)
  // Another organisation's batch does not wait for these people.
  admitted(await ask(line, { class: 'batch', organisation: 'two', waitMs: 0 }))
  person.end(0)
  await clock.pass(0)
  const second = admitted(people[0]?.answer)
  assert.equal(batch[0]?.answer, undefined)
  second.end(0)
  await clock.pass(0)
  // The last of them has left the line, so the first of the batch has the slot that it waited for.
  admitted(people[1]?.answer)
  admitted(batch[0]?.answer).end(0)
  await clock.pass(0)
  admitted(batch[1]?.answer)
  assert.deepEqual([line.length, clock.sleepers], [0, 0])
  assert.ok(asked.length < 20)
})

test('batch work that waited behind people is not overtaken by other batch work', () => {
  const { line } = lineWith()
  ask(line)
  const gone = new AbortController()
  const person = watched(ask(line, { signal: gone.signal }))
  const early = watched(ask(line, { class: 'batch' }))
  gone.abort(new Error('gone'))
  // Nobody waits any more but the early one, whose turn is to come.
  const late = ask(line, { class: 'batch', waitMs: 0 })
  assert.ok(!(late instanceof Promise) && late !== 'full' && isRefusal(late))
  assert.deepEqual([person.answer, early.answer, line.length], [undefined, undefined, 1])
})

test('a batch fills only its own places in the line', () => {
  const { line } = lineWith({ most: 4, mostOfOne: 3 })
  ask(line)
  ask(line, { class: 'batch' })
  for (let time = 0; time < 3; time += 1) watched(ask(line, { class: 'batch' }))
  assert.equal(ask(line, { class: 'batch' }), 'full')
  for (let time = 0; time < 3; time += 1) watched(ask(line))
  assert.equal(ask(line), 'full')
  assert.equal(line.length, 6)
})

test('a later round does not wait for the slot that its own answer has', async () => {
  const { line, clock } = lineWith()
  const limits = { ...NONE, concurrency: 1, tpm: 1_000 }
  const answer = admitted(await ask(line, { limits, tokens: 500 }))
  const waiting = watched(ask(line, { limits, tokens: 1, waitMs: 200_000 }))
  const round = admitted(await ask(line, { limits, tokens: 400, within: true, waitMs: 0 }))
  // No room for its tokens: it waits in front, and those behind it take none of them.
  const next = watched(ask(line, { limits, tokens: 900, within: true, waitMs: 200_000 }))
  const after = watched(ask(line, { limits, tokens: 50, within: true, waitMs: 200_000 }))
  round.end(400)
  answer.giveBack(500)
  await clock.pass(0)
  assert.deepEqual([next.answer, after.answer, waiting.answer], [undefined, undefined, undefined])
  await clock.pass(61_000)
  admitted(next.answer).end(0)
  await clock.pass(0)
  admitted(after.answer)
  assert.equal(waiting.answer, undefined)
  answer.end(500)
  await clock.pass(0)
  admitted(waiting.answer)
})

test('a limiter that fails fails those who wait', async () => {
  const clock = manualClock()
  const memory = new MemoryLimiter({ now: clock.now })
  let failing = false
  const line = new RequestQueue({
    clock,
    limiter: {
      admit(request) {
        if (failing) throw new Error('away')
        return memory.admit(request)
      },
      onRoom: (listener) => {
        memory.onRoom(listener)
      },
    },
  })
  admitted(await ask(line))
  const waiting = [watched(ask(line)), watched(ask(line))]
  failing = true
  await clock.pass(1_000)
  for (const { error } of waiting) assert.match(String(error), /away/)
  assert.deepEqual([line.length, clock.sleepers], [0, 0])
})

/** A limiter whose answers a test gives, one for each asking. */
function scriptedLine() {
  const clock = manualClock()
  const answers: ((answer: AdmissionAnswer) => void)[] = []
  let room: (organisation: string) => void = () => undefined
  const line = new RequestQueue({
    clock,
    limiter: {
      admit: () => new Promise((resolve) => answers.push(resolve)),
      onRoom: (listener) => {
        room = listener
      },
    },
  })
  const subject: LimitedSubject = { scope: 'organisation', id: 'one', limits: ONE_AT_A_TIME }
  const refusal: AdmissionAnswer = { refused: 'concurrency', subject, current: 1, limit: 1, retryAfterMs: 1_000 }
  return { clock, line, answers, refusal, hasRoom: () => room('one') }
}

test('room that comes while somebody is being refused is not missed', async () => {
  const { line, clock, answers, refusal, hasRoom } = scriptedLine()
  const waiting = watched(ask(line))
  hasRoom()
  answers[0]?.(refusal)
  await clock.pass(0)
  // It was asked for again without waiting for its second.
  assert.equal(answers.length, 2)
  hasRoom()
  answers[1]?.(refusal)
  await clock.pass(0)
  assert.equal(answers.length, 3)
  answers[2]?.({ requests: null, giveBack: () => undefined, end: () => undefined })
  await clock.pass(0)
  admitted(waiting.answer)
})

test('who is being asked for at its deadline gets the answer', async () => {
  const { line, clock, answers, refusal } = scriptedLine()
  const waiting = [watched(ask(line, { waitMs: 1_200 }))]
  answers[0]?.(refusal)
  await clock.pass(0)
  waiting.push(watched(ask(line, { waitMs: 2_200 })))
  await clock.pass(1_500)
  assert.deepEqual([answers.length, line.length], [2, 2])
  answers[1]?.({ requests: null, giveBack: () => undefined, end: () => undefined })
  await clock.pass(0)
  admitted(waiting[0]?.answer)
  await clock.pass(1_000)
  answers[2]?.(refusal)
  await clock.pass(0)
  assert.deepEqual([waiting[1]?.answer, line.length], [refusal, 0])
})

test('everybody is answered, in order within an organisation, and nobody is asked for in a loop (100 seeds)', async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seededRandom(seed)
    const { line, clock, asked } = lineWith({ late: seed % 2 === 0 })
    const limits = { concurrency: 2, rpm: 6, tpm: 500, tpd: null }
    const story = `seed ${seed}`
    const letIn = new Map<string, number[]>()
    const open = new Set<number>()
    let asks = 0
    const follow = async (organisation: string, place: number): Promise<void> => {
      const of: RequestClass = random() < 0.3 ? 'batch' : 'interactive'
      const controller = new AbortController()
      if (random() < 0.1)
        void clock.sleep(random() * 5_000, controller.signal).then(() => controller.abort('left'), String)
      try {
        const wish = { organisation, limits, tokens: Math.floor(random() * 200), waitMs: random() < 0.1 ? 3_000 : 1e7 }
        const answer = await ask(line, { ...wish, class: of, signal: controller.signal })
        if (answer !== 'full' && !isRefusal(answer)) {
          const name = `${of} of ${organisation}`
          letIn.set(name, [...(letIn.get(name) ?? []), place])
          await clock.sleep(random() * 3_000, new AbortController().signal)
          answer.end(50)
        }
      } catch (error) {
        assert.equal(error, 'left', story)
      } finally {
        controller.abort()
        open.delete(place)
      }
    }
    for (let step = 0; step < 60; step += 1) {
      open.add(step)
      asks += 1
      void follow(`org-${Math.floor(random() * 3)}`, step)
      await clock.pass(random() * 1_500)
    }
    for (let minute = 0; minute < 30 && open.size > 0; minute += 1) await clock.pass(60_000)
    assert.deepEqual([open.size, line.length], [0, 0], story)
    for (const places of letIn.values())
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
        story,
      )
    assert.ok(asked.length < asks * 40, `${story}: asked ${asked.length} times`)
  }
})

test('a wait is read in the three units that there are', () => {
  assert.deepEqual(['30s', '500ms', '2m', ' 1s ', '0s'].map(parseWait), [30_000, 500, 120_000, 1_000, 0])
  for (const nonsense of ['', '30', 's', '1.5s', '-1s', '1h', '30 s', '30S', '99999999s', '1s2s']) {
    assert.equal(parseWait(nonsense), undefined, nonsense)
  }
})
