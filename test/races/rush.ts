/** Many buyers at once, with one key: each wants one item, and comes again a bounded number of times when it is refused. */

import { setTimeout as wait } from 'node:timers/promises'
import { askStream } from '../support/ask-stream.ts'
import { call } from '../support/call.ts'
import { seededRandom } from '../support/every-split.ts'
import { ITEM, LATE_ITEM, bodyOf } from './goods.ts'

export interface RushPlan {
  /** Of the servers, which buyers go to by turns. */
  readonly urls: readonly string[]
  readonly key: string
  readonly organisation: string
  readonly buyers: number
  /** So many can be paid: when they are, whoever is left asks once more and goes. */
  readonly affordable: number
  readonly seed: number
  /** A buyer has got an item. */
  readonly onPaid?: (paid: number) => void
}

export interface Sales {
  /** Items that buyers have got whole. */
  paid: number
  /** Refused for want of money, and because too many asked at once. */
  poor: number
  busy: number
  /** Nothing, or not all, was heard: the server had gone. */
  lost: number
  /** Replies that no buyer should get. */
  readonly odd: string[]
}

const MOST_TRIES = 25
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3_000
const MOST_ODD = 20

type Outcome = 'paid' | 'poor' | 'busy' | 'lost'

export async function rush(plan: RushPlan): Promise<Sales> {
  const sales: Sales = { paid: 0, poor: 0, busy: 0, lost: 0, odd: [] }
  await Promise.all(Array.from({ length: plan.buyers }, (_, buyer) => buy(plan, buyer, sales)))
  return sales
}

async function buy(plan: RushPlan, buyer: number, sales: Sales): Promise<void> {
  const { urls, affordable, seed, onPaid } = plan
  const random = seededRandom(seed * 100_000 + buyer)
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const soldOut = sales.paid >= affordable
    const wish = { item: random() < 0.5 ? ITEM : LATE_ITEM, stream: random() < 0.5 }
    const outcome = await askOnce(plan, urls[(buyer + tries) % urls.length] ?? '', wish, sales)
    if (outcome === undefined) return
    sales[outcome] += 1
    if (outcome === 'paid') {
      onPaid?.(sales.paid)
      return
    }
    if (soldOut && outcome === 'poor') return
    await wait(Math.min(FIRST_PAUSE_MS * 1.5 ** tries, LONGEST_PAUSE_MS) * (0.5 + random()))
  }
}

async function askOnce(
  { key, organisation }: RushPlan,
  url: string,
  { item, stream }: { readonly item: string; readonly stream: boolean },
  sales: Sales,
): Promise<Outcome | undefined> {
  try {
    if (stream) {
      const { status, done, broke, error } = await askStream({ url, key }, bodyOf(item, true))
      if (status === 200 && done) return 'paid'
      if (broke) return 'lost'
      return refusal(status, error, organisation, sales)
    }
    const { status, json } = await call(`${url}/v1/chat/completions`, { key, body: bodyOf(item, false) })
    if (status === 200) return 'paid'
    return refusal(status, (json as { error?: WireError }).error, organisation, sales)
  } catch {
    // Whoever cannot connect, or is cut off before the headers, has got nothing, and asks another server.
    return 'lost'
  }
}

interface WireError {
  readonly message: string
  readonly type: string
}

/** Of the highest concurrency, and of what is free being held at bounds: they are asked once more. */
const BUSY =
  /^(Your account \S+ request reached organization max concurrency: \d+|Too many requests of \S+ wait for a limit already), please try again after \d+ seconds$/

function refusal(
  status: number,
  error: WireError | undefined,
  organisation: string,
  { odd }: Sales,
): Outcome | undefined {
  const { message = '', type = '' } = error ?? {}
  const poor = `You exceeded your current token quota: <${organisation}> `
  if (status === 429 && type === 'exceeded_current_quota_error' && message.startsWith(poor)) return 'poor'
  if (status === 429 && type === 'rate_limit_reached_error' && BUSY.test(message)) return 'busy'
  if (odd.length < MOST_ODD) odd.push(`${status} ${type}: ${message}`)
  return undefined
}
