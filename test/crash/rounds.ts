/** Rounds of load, crash, start and proof, on books that grow. */

import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '../support/every-split.ts'
import { Load } from './load.ts'
import { OperatorView } from './operator-view.ts'
import { Payments } from './payments.ts'
import { type Findings, Proof } from './proof.ts'
import type { Crash, CrashSite } from './site.ts'

export interface RoundsPlan {
  readonly rounds: number
  readonly seed: number
  readonly clients: number
  /** Requests of each client in a round. */
  readonly most: number
  /** Milliseconds of load: most rounds are short, and one in ten is long, so that streams have been going on for a while. */
  readonly shortMs: number
  readonly longMs: number
  /** Answers that clients have seen complete before it happens, however slow the machine is. */
  readonly least?: number
  /** Clients of a server whose database was killed get so long to end what they have begun. */
  readonly farewellMs: number
  readonly onRound?: (round: number, tally: Tally) => void
}

export interface Tally extends Findings {
  rounds: number
  readonly crashes: Record<Crash['what'], number>
}

const LONG_ROUNDS = 0.1
/** Rounds that end in the moment in which an answer is complete. */
const ANSWER_ROUNDS = 0.3
const MOST_PAYMENTS = 6
/** Nobody is told more: what is wrong in a round is wrong in many ways. */
const MOST_PROBLEMS = 100
const QUIET_PAUSE_MS = 200

interface Client {
  readonly keyId: string
  readonly key: string
}

export async function playRounds(site: CrashSite, plan: RoundsPlan): Promise<Tally> {
  const view = new OperatorView(site.url)
  // One has enough for all rounds, and one is always at its end: each payment is gone at once.
  const rich = await makeOrganisation(view, 'rich', plan.clients - 2, '1000')
  const poor = await makeOrganisation(view, 'poor', 2, '0.004')
  const organisations = [rich.id, poor.id]
  const clients = [...rich.clients, ...poor.clients]
  const proof = new Proof(organisations)
  const tally = emptyTally()
  for (let round = 1; round <= plan.rounds; round += 1) {
    const seed = plan.seed * 10_000 + round
    const found = await playRound(site, { ...plan, seed }, clients, organisations, proof, tally)
    add(tally, found, `round ${round}: `)
    plan.onRound?.(round, tally)
  }
  return tally
}

async function playRound(
  site: CrashSite,
  plan: RoundsPlan,
  clients: readonly Client[],
  organisations: readonly string[],
  proof: Proof,
  { crashes }: Tally,
): Promise<Findings> {
  const { seed, most, farewellMs } = plan
  const random = seededRandom(seed)
  const startedAt = Date.now()
  const load = new Load({ url: site.url, keys: clients.map(({ key }) => key), seed, most })
  const payments = new Payments({ organisations, seed, most: MOST_PAYMENTS }, new OperatorView(site.url))
  await momentOf(load, random, plan)
  const crash = await site.crash(random)
  crashes[crash.what] += 1
  if (crash.what === 'database') {
    await site.recover(random)
    payments.stop()
    await within(load.done, farewellMs)
    load.stop()
  } else {
    load.stop()
    payments.stop()
  }
  await Promise.all([load.done, payments.done])
  if (crash.what !== 'database') await site.recover(random)
  const view = new OperatorView(site.url)
  const problems = await payments.repeat(view)
  await quiet(view, organisations, site.patienceS)
  const asked = new Map(clients.map(({ keyId }, client) => [keyId, load.asked[client] ?? []]))
  const found = await proof.prove(view, {
    startedAt,
    asked,
    payments: payments.made,
    killedAt: crash.killedAt,
    storeWasAway: crash.what !== 'server',
  })
  found.problems.unshift(...problems)
  return found
}

/** When it happens: after so many milliseconds, or in the moment in which a client has its last byte. */
async function momentOf(load: Load, random: () => number, { shortMs, longMs, least = 0 }: RoundsPlan): Promise<void> {
  const kind = random()
  const share = random()
  const late = kind < LONG_ROUNDS ? longMs / 2 + (share * longMs) / 2 : share * shortMs
  const moments: Promise<unknown>[] = [wait(late)]
  if (kind > 1 - ANSWER_ROUNDS) moments.push(load.completed(1 + Math.floor(share * 60)))
  await Promise.race([...moments, load.done])
  await Promise.race([load.completed(least), load.done])
}

/** Until nothing is held any more, or patience is over; the proof says what is wrong then. */
export async function quiet(view: OperatorView, organisations: readonly string[], patienceS: number): Promise<void> {
  const until = performance.now() + patienceS * 1_000
  for (;;) {
    const balances = await Promise.all(organisations.map((organisation) => view.balance(organisation)))
    if (balances.every(({ held }) => held === 0) || performance.now() >= until) return
    await wait(QUIET_PAUSE_MS)
  }
}

export async function makeOrganisation(
  view: OperatorView,
  name: string,
  size: number,
  voucher: string,
): Promise<{ readonly id: string; readonly clients: readonly Client[] }> {
  const { id } = await view.post('/organisations', { name, currency: 'USD', tier: 'development' })
  const at = `/organisations/${String(id)}`
  await view.post(`${at}/vouchers`, { amount: voucher }, { 'idempotency-key': 'to-begin-with' })
  const { id: project } = await view.post(`${at}/projects`, { name: 'default' })
  const clients: Client[] = []
  for (let count = 1; count <= size; count += 1) {
    const made = await view.post(`${at}/api-keys`, { name: `client ${count}`, project })
    clients.push({ keyId: String(made['id']), key: String(made['key']) })
  }
  return { id: String(id), clients }
}

async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const limit = new AbortController()
  await Promise.race([promise, wait(ms, undefined, { signal: limit.signal }).catch(() => undefined)])
  limit.abort()
}

function emptyTally(): Tally {
  return {
    rounds: 0,
    crashes: { server: 0, database: 0, both: 0 },
    requests: 0,
    complete: 0,
    cut: 0,
    refused: 0,
    unseen: 0,
    settled: 0,
    released: 0,
    lasting: 0,
    lost: 0,
    payments: 0,
    problems: [],
  }
}

const SUMS = [
  'requests',
  'complete',
  'cut',
  'refused',
  'unseen',
  'settled',
  'released',
  'lasting',
  'lost',
  'payments',
] as const satisfies readonly (keyof Findings)[]

function add(tally: Tally, found: Findings, where: string): void {
  tally.rounds += 1
  for (const name of SUMS) tally[name] += found[name]
  const room = Math.max(MOST_PROBLEMS - tally.problems.length, 0)
  tally.problems.push(...found.problems.slice(0, room).map((problem) => where + problem))
}
