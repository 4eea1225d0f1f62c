/** The line in front of a limiter, for those who would rather wait for room than be refused. */

import type { Clock } from '@moonbase/core/generation'
import { EarliestTimer } from '../collections/earliest-timer.ts'
import type { RequestClass } from '../records/request-record.ts'
import { type AdmissionAnswer, type AdmissionRequest, type LimitRefusal, type Limiter, isRefusal } from './limiter.ts'
import {
  type OrganisationQueue,
  type Waiter,
  emptyQueue,
  inFrontOf,
  isEmpty,
  join,
  nextOf,
  shutFor,
  waitersOf,
} from './organisation-queue.ts'

export interface Waiting {
  readonly organisation: string
  /** Batch work of an organisation never goes before what somebody there waits for. */
  readonly class: RequestClass
  /** How long it may wait for room; 0: not at all. */
  readonly waitMs: number
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

export interface RequestQueueParts {
  readonly limiter: Pick<Limiter, 'admit' | 'onRoom'>
  readonly clock: Clock
  /** For metrics: how long one stood in line, when it leaves it. */
  readonly onWaited?: (ms: number) => void
  /** Of each class, so that no batch takes the places of people. */
  readonly most?: number
  /** Of each class of one organisation. */
  readonly mostOfOne?: number
}

const MOST_WAITING = 4_096
const MOST_OF_ONE_ORGANISATION = 256

export class RequestQueue {
  readonly #parts: RequestQueueParts
  readonly #queues = new Map<string, OrganisationQueue>()
  /** How many of each class wait. */
  readonly #lengths: Record<RequestClass, number> = { interactive: 0, batch: 0 }
  /** Queues whose turn it is: each asks for one of its own, and goes to the end. */
  #turns: OrganisationQueue[] = []
  #calling = false
  /** How often there was room: it may come while somebody is still being refused. */
  #stirs = 0
  /** Rings no later than the first deadline or retry. */
  readonly #alarm: EarliestTimer

  constructor(parts: RequestQueueParts) {
    this.#parts = parts
    this.#alarm = new EarliestTimer(parts.clock, () => {
      this.#wake()
    })
    parts.limiter.onRoom((organisation) => {
      this.#stirs += 1
      const queue = this.#queues.get(organisation)
      if (queue !== undefined) this.#stir(queue)
    })
  }

  /** How many wait. */
  get length(): number {
    return this.#lengths.interactive + this.#lengths.batch
  }

  /**
   * At once when the limiter answers at once and nobody has to wait. Who waited in vain gets its last refusal; `'full'`: too many
   * wait already.
   *
   * @throws what the limiter throws, and the reason of the signal
   */
  admit(request: AdmissionRequest, waiting: Waiting): AdmissionAnswer | 'full' | Promise<AdmissionAnswer | 'full'> {
    const queue = this.#queues.get(waiting.organisation)
    const before = queue === undefined ? undefined : inFrontOf(queue, request, waiting.class)
    // Who came first goes first, also before those who do not want to wait.
    if (before !== undefined) {
      const refusal = this.#stillRefused(before)
      return waiting.waitMs > 0 ? this.#join(request, waiting, refusal, this.#stirs) : refusal
    }
    const stirs = this.#stirs
    const answer = this.#parts.limiter.admit(request)
    if (waiting.waitMs <= 0) return answer
    if (answer instanceof Promise) return answer.then((late) => this.#orWait(late, request, waiting, stirs))
    return this.#orWait(answer, request, waiting, stirs)
  }

  #orWait(
    answer: AdmissionAnswer,
    request: AdmissionRequest,
    waiting: Waiting,
    stirs: number,
  ): AdmissionAnswer | 'full' | Promise<AdmissionAnswer> {
    // Who is larger than the limit would wait for ever.
    if (!isRefusal(answer) || answer.retryAfterMs === undefined) return answer
    return this.#join(request, waiting, answer, stirs)
  }

  #join(
    request: AdmissionRequest,
    { organisation, class: line, waitMs, signal }: Waiting,
    refusal: LimitRefusal,
    stirs: number,
  ): 'full' | Promise<AdmissionAnswer> {
    const { most = MOST_WAITING, mostOfOne = MOST_OF_ONE_ORGANISATION, clock, onWaited } = this.#parts
    const queue = this.#queueOf(organisation)
    if (this.#lengths[line] >= most || queue[line].length >= mostOfOne) {
      this.#forgetIfEmpty(queue)
      return 'full'
    }
    const since = clock.now()
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiter.leave({ failed: signal.reason })
        this.#stir(queue)
      }
      const waiter: Waiter = {
        request,
        deadline: clock.now() + waitMs,
        refusal,
        retryAt: clock.now() + (refusal.retryAfterMs ?? 0),
        alarmed: true,
        left: false,
        leave: (answer) => {
          if (waiter.left) return
          waiter.left = true
          signal.removeEventListener('abort', onAbort)
          this.#remove(queue, waiter, line)
          onWaited?.(clock.now() - since)
          if ('failed' in answer) reject(answer.failed)
          else resolve(answer)
        },
      }
      join(queue, waiter, line)
      this.#lengths[line] += 1
      this.#alarm.by(Math.min(waiter.deadline, waiter.retryAt))
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      else if (this.#stirs !== stirs) this.#stir(queue)
    })
  }

  #stillRefused({ refusal, retryAt }: Waiter): LimitRefusal {
    return { ...refusal, retryAfterMs: Math.max(retryAt - this.#parts.clock.now(), 1) }
  }

  #queueOf(organisation: string): OrganisationQueue {
    const found = this.#queues.get(organisation)
    if (found !== undefined) return found
    const queue = emptyQueue(organisation)
    this.#queues.set(organisation, queue)
    return queue
  }

  #remove(queue: OrganisationQueue, waiter: Waiter, line: RequestClass): void {
    queue[line].splice(queue[line].indexOf(waiter), 1)
    this.#lengths[line] -= 1
    this.#forgetIfEmpty(queue)
    if (this.length === 0) this.#alarm.off()
  }

  #forgetIfEmpty(queue: OrganisationQueue): void {
    if (isEmpty(queue) && this.#queues.get(queue.organisation) === queue) {
      this.#queues.delete(queue.organisation)
    }
  }

  /** Its waiters are asked for anew, in a later microtask: many ends of one turn are one stir. */
  #stir(queue: OrganisationQueue): void {
    queue.stirred = true
    if (queue.busy || isEmpty(queue)) return
    queue.busy = true
    this.#turns.push(queue)
    if (this.#calling) return
    this.#calling = true
    queueMicrotask(() => {
      this.#call()
    })
  }

  /** Round and round among the organisations, one request each, until each has been refused. */
  #call(): void {
    for (let queue = this.#turns.shift(); queue !== undefined; queue = this.#turns.shift()) this.#takeTurn(queue)
    this.#calling = false
  }

  #takeTurn(queue: OrganisationQueue): void {
    queue.busy = false
    if (queue.stirred) {
      queue.stirred = false
      queue.shut.clear()
    }
    const waiter = nextOf(queue)
    if (waiter === undefined) return
    queue.busy = true
    queue.asked = waiter
    try {
      const answer = this.#parts.limiter.admit(waiter.request)
      if (answer instanceof Promise) {
        answer.then(
          (late) => this.#endTurn(queue, waiter, late),
          (error: unknown) => this.#endTurn(queue, waiter, { failed: error }),
        )
      } else this.#endTurn(queue, waiter, answer)
    } catch (error) {
      this.#endTurn(queue, waiter, { failed: error })
    }
  }

  #endTurn(queue: OrganisationQueue, waiter: Waiter, answer: AdmissionAnswer | { readonly failed: unknown }): void {
    queue.asked = undefined
    if ('refused' in answer) this.#refuse(queue, waiter, answer)
    // It left while it was being let in: nobody runs.
    else if (waiter.left && 'end' in answer) answer.end(0)
    else waiter.leave(answer)
    this.#turns.push(queue)
    if (this.#calling) return
    this.#calling = true
    this.#call()
  }

  #refuse(queue: OrganisationQueue, waiter: Waiter, refusal: LimitRefusal): void {
    if (waiter.left) return
    shutFor(queue, waiter, refusal)
    const now = this.#parts.clock.now()
    waiter.refusal = refusal
    // Its limit has fallen below it.
    if (refusal.retryAfterMs === undefined || waiter.deadline <= now) {
      waiter.leave(refusal)
      // Those behind it have only seen its back.
      queue.stirred = true
      return
    }
    waiter.retryAt = now + Math.max(refusal.retryAfterMs, 1)
    waiter.alarmed = true
    this.#alarm.by(waiter.retryAt)
  }

  /** Sends away those whose time is over, asks for those who may have room, and sleeps until the next. */
  #wake(): void {
    const now = this.#parts.clock.now()
    let next = Infinity
    for (const queue of this.#queues.values()) {
      for (const waiter of waitersOf(queue)) {
        // Its answer is on the way, and sends it away if it is a refusal.
        if (waiter === queue.asked) continue
        if (waiter.deadline <= now) {
          waiter.leave(this.#stillRefused(waiter))
          this.#stir(queue)
          continue
        }
        if (waiter.alarmed && waiter.retryAt <= now) {
          // Asked for anew, or behind one who is: who is refused sets the next alarm.
          waiter.alarmed = false
          this.#stir(queue)
        }
        next = Math.min(next, waiter.deadline, waiter.alarmed ? waiter.retryAt : Infinity)
      }
    }
    if (next < Infinity) this.#alarm.by(next)
  }
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
])

/** `30s`, `500ms`, `2m` in milliseconds; `undefined`: none of these. */
export function parseWait(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,7})(ms|s|m)$/.exec(text.trim()) ?? []
  const unitMs = UNITS_MS.get(unit)
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs
}
