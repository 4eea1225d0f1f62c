/** Random admissions, made twice: by bounds, and beside it by exact counts. What the first refuses the second must refuse too. */

import type { ModelRoute } from '@moonbase/core/routing'
import { ApiError, findModel } from '@moonbase/protocol'
import { keyAccount, organisationAccount } from '../../accounts/testing/account-fixtures.ts'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { type Hold, type HoldRequest, LedgerError, type Payer } from '../../ledger/ledger.ts'
import { PriceBook } from '../../prices/price-book.ts'
import type { RateLimits } from '../../records/account-records.ts'
import { type AdmissionAsk, AdmissionControl, type Admitted } from '../admission-control.ts'
import { HeldAtBounds } from '../held-at-bounds.ts'
import { MemoryLimiter } from '../memory/memory-limiter.ts'
import { RequestQueue } from '../request-queue.ts'

type Random = () => number

const NONE: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }
const ROUTE = { model: findModel('kimi-k2.5'), targets: [{ name: 'cluster' }] } as unknown as ModelRoute
const NEVER = new AbortController().signal
/** Of what is free; nothing is held at bounds in the world of exact counts. */
const NO_SHARE = 0

/** Balance and budgets as every store has them: what is held is gone, what was not used comes back. */
class PlainLedger {
  readonly balances = new Map<string, number>()
  readonly #used = new Map<string, number>()

  free({ organisation, key, keyBudget }: Payer): number {
    const left = keyBudget === undefined ? Infinity : keyBudget.amount - (this.#used.get(key) ?? 0)
    return Math.min(this.balances.get(organisation) ?? 0, left)
  }

  hurry(): void {}

  holdAhead(): undefined {
    return undefined
  }

  async hold(request: HoldRequest): Promise<Hold> {
    const { organisation, key, keyBudget, amount } = request
    const left = keyBudget === undefined ? Infinity : keyBudget.amount - (this.#used.get(key) ?? 0)
    if (amount > left) throw new LedgerError('key_budget', 'over budget', { available: Math.max(left, 0) })
    const available = this.balances.get(organisation) ?? 0
    if (amount > available) throw new LedgerError('insufficient', 'too little', { available })
    this.#move(organisation, key, amount)
    return { ...request, cash: amount, voucher: 0 }
  }

  settle({ organisation, key, amount }: HoldRequest, cost: number): void {
    this.#move(organisation, key, Math.min(cost, amount) - amount)
  }

  credit(organisation: string, amount: number): void {
    this.balances.set(organisation, (this.balances.get(organisation) ?? 0) + amount)
  }

  #move(organisation: string, key: string, amount: number): void {
    this.credit(organisation, -amount)
    this.#used.set(key, (this.#used.get(key) ?? 0) + amount)
  }
}

class World {
  readonly ledger = new PlainLedger()
  readonly control: AdmissionControl

  constructor(time: { readonly now: number }, share: number) {
    const limiter = new MemoryLimiter({ now: () => time.now })
    const clock = { now: () => time.now, sleep: () => Promise.reject(new Error('nobody sleeps here')) }
    this.control = new AdmissionControl({
      queue: new RequestQueue({ limiter, clock }),
      limiter,
      ledger: this.ledger,
      accounts: { prices: new PriceBook([]) },
      clock,
      atBounds: new HeldAtBounds(share),
      onRefusal: () => undefined,
      onAhead: () => undefined,
    })
  }

  async admit(ask: AdmissionAsk): Promise<Admitted | ApiError> {
    try {
      return await this.control.admit(ask)
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
  }

  end({ admission, hold }: Admitted, tokens: number, cost: number): void {
    this.ledger.settle(hold, cost)
    admission.end(tokens)
  }
}

export interface Outcome {
  readonly admissions: number
  readonly letIn: number
  /** Of those that were let in: without a count. */
  readonly uncounted: number
  /** Refused for money or rate, in both worlds. */
  readonly refused: number
  /** Told to try again, and how many of these exact counts would have let in. */
  readonly tryAgain: number
  readonly tryAgainInVain: number
  /** Refused for money or rate where exact counts would have let in. There must be none. */
  readonly wrong: readonly string[]
}

interface Running {
  readonly bounds: Admitted
  readonly exact: Admitted
  readonly prompt: number
  readonly budget: number
}

/** @param share of what is free that may be held at bounds */
export async function twoWorlds(admissions: number, random: Random, share: number): Promise<Outcome> {
  const time = { now: 1_000_000_000 }
  const bounds = new World(time, share)
  const exact = new World(time, NO_SHARE)
  const callers = someCallers(random)
  const running: Running[] = []
  const told = { letIn: 0, uncounted: 0, refused: 0, tryAgain: 0, tryAgainInVain: 0 }
  const wrong: string[] = []
  for (let index = 0; index < admissions; index += 1) {
    time.now += Math.floor(random() * 3_000)
    while (running.length > 0 && random() < running.length / 24) endOne(running, bounds, exact, random)
    const caller = pick(random, callers)
    if (random() < 0.25) {
      const amount = Math.floor(random() * 800_000_000)
      for (const { ledger } of [bounds, exact]) ledger.credit(caller.organisation, amount)
    }
    const tokens = Math.floor(50 * 1200 ** random())
    const counted = { times: 0 }
    const ask = askOf(index, caller, tokens, random, time.now)
    const prompt = {
      known: undefined,
      // Measured: 3.7 to 4.8 bytes of text a token; twice that where much of it is short words around it.
      atMost: Math.ceil(tokens * (2 + 6 * random())),
      async tokens() {
        counted.times += 1
        return tokens
      },
    }
    const one = await bounds.admit({ ...ask, prompt })
    const other = await exact.admit({ ...ask, prompt: { known: tokens, atMost: tokens, tokens: () => tokens } })
    if (one instanceof ApiError) {
      const wouldBeLetIn = !(other instanceof ApiError)
      if (!(other instanceof ApiError)) exact.end(other, 0, 0)
      if (one.code === 'queue_full') {
        told.tryAgain += 1
        if (!wouldBeLetIn) told.tryAgainInVain += 1
      } else if (wouldBeLetIn) wrong.push(`${index}: ${one.message}`)
      else told.refused += 1
    } else if (other instanceof ApiError) {
      throw new Error(`${index}: bounds let in what exact counts refuse: ${other.message}`)
    } else {
      told.letIn += 1
      if (counted.times === 0) told.uncounted += 1
      running.push({ bounds: one, exact: other, prompt: tokens, budget: ask.maxCompletionTokens })
    }
  }
  return { admissions, ...told, wrong }
}

function endOne(running: Running[], bounds: World, exact: World, random: Random): void {
  const [one] = running.splice(Math.floor(random() * running.length), 1)
  if (one === undefined) return
  const isFree = random() < 0.1
  const completion = isFree ? 0 : Math.floor(one.budget * random() ** 3)
  const usage = { prompt: isFree ? 0 : one.prompt, completion, cached: 0, reasoning: 0 }
  const cost = one.exact.quote.cost('cluster', usage)
  bounds.end(one.bounds, usage.prompt + completion, cost)
  exact.end(one.exact, usage.prompt + completion, cost)
}

function someCallers(random: Random): KeyAccount[] {
  return Array.from({ length: 12 }, (_, index) => {
    const tpm = random() < 0.3 ? null : Math.floor(200_000 + random() * 3_000_000)
    const tpd = random() < 0.7 ? null : Math.floor(20_000_000 + random() * 100_000_000)
    const account = organisationAccount({ id: `org-${index % 5}`, limits: { ...NONE, tpm, tpd } })
    return keyAccount({
      id: `ak-${index}`,
      organisation: account.id,
      account,
      limits: random() < 0.3 ? { ...NONE, tpm: Math.floor(100_000 + random() * 1_000_000) } : null,
      budget: random() < 0.2 ? { amount: Math.floor(random() * 20_000_000_000), period: 'total' } : null,
    })
  })
}

function askOf(
  index: number,
  caller: KeyAccount,
  tokens: number,
  random: Random,
  arrivedAt: number,
): Omit<AdmissionAsk, 'prompt'> {
  return {
    id: `request-${index}`,
    caller,
    class: random() < 0.1 ? 'batch' : 'interactive',
    within: random() < 0.1,
    arrivedAt,
    route: ROUTE,
    maxCompletionTokens: random() < 0.3 ? 32_768 : Math.ceil(Math.min(tokens, 4096) * random()),
    waitMs: 0,
    signal: NEVER,
  }
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}
