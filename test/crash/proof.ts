/** Proves after each crash that the books are right, and that they say what the clients have seen. */

import type { Asked } from './client.ts'
import { type Entry, type LedgerRound, readRound } from './ledger-round.ts'
import type { OperatorView, SeenTransfer } from './operator-view.ts'
import type { Payment } from './payments.ts'
import { costOf } from './scripts.ts'

export interface RoundFacts {
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** By the id of the key that only this client has, in the order in which it asked. */
  readonly asked: ReadonlyMap<string, readonly Asked[]>
  readonly payments: readonly Payment[]
  /** When the server was killed while its store was well, by `performance.now()`: what had been given long before is kept. */
  readonly killedAt: number | undefined
  /** The store was away: it may have kept what it did not say. */
  readonly storeWasAway: boolean
}

export interface Findings {
  requests: number
  complete: number
  /** Begun and not complete, whoever ended it. */
  cut: number
  refused: number
  /** Not even the headers came. */
  unseen: number
  /** Ends that were made for a server that had gone, by whether they cost something. */
  settled: number
  released: number
  /** Streams that were killed after they had been going on for a while, and are paid as far as is known. */
  lasting: number
  /** Answers that nobody saw, and that were paid because they had been made. */
  lost: number
  payments: number
  readonly problems: string[]
}

/** What was given is kept within two seconds; the rest is patience with a busy machine. */
const KEPT_WITHIN_MS = 5_000
const RESTARTED = 'server_restarted'

interface Sums {
  credits: number
  spent: number
  last: string | undefined
}

export class Proof {
  /** By organisation, over all rounds: nothing else is kept of them. */
  readonly #sums: ReadonlyMap<string, Sums>

  constructor(organisations: readonly string[]) {
    this.#sums = new Map(organisations.map((id) => [id, { credits: 0, spent: 0, last: undefined }]))
  }

  async prove(view: OperatorView, facts: RoundFacts): Promise<Findings> {
    const found: Findings = {
      requests: 0,
      complete: 0,
      cut: 0,
      refused: 0,
      unseen: 0,
      settled: 0,
      released: 0,
      lasting: 0,
      lost: 0,
      payments: facts.payments.length,
      problems: [],
    }
    const audit = await view.audit()
    if (!audit.clean || audit.open > 0) {
      found.problems.push(
        `the audit: ${audit.open} open holds`,
        ...audit.problems.map((problem) => `audit: ${problem}`),
      )
    }
    const entries = new Map<string, Entry>()
    for (const [organisation, sums] of this.#sums) {
      const round = await this.#proveSums(view, organisation, sums, facts, found)
      for (const [id, entry] of round.entries) entries.set(id, entry)
    }
    for (const { record } of entries.values()) {
      if (record.error !== RESTARTED) continue
      if (record.cost > 0) found.settled += 1
      else found.released += 1
    }
    for (const [key, asked] of facts.asked) proveClient(key, asked, entries, facts, found)
    return found
  }

  async #proveSums(
    view: OperatorView,
    organisation: string,
    sums: Sums,
    { startedAt, payments }: RoundFacts,
    found: Findings,
  ): Promise<LedgerRound> {
    const transfers = await view.transfersBehind(organisation, sums.last)
    const round = readRound(transfers, await view.requestsSince(organisation, startedAt))
    found.problems.push(...round.problems)
    found.problems.push(
      ...wrongPayments(
        payments.filter((payment) => payment.organisation === organisation),
        round.credits,
        sums.last === undefined,
      ),
    )
    sums.last = transfers[0]?.id ?? sums.last
    sums.credits += round.credits.reduce((sum, { amount }) => sum + amount, 0)
    sums.spent += round.spent
    const { left, held } = await view.balance(organisation)
    if (held !== 0) found.problems.push(`${organisation}: ${held} is still held`)
    if (left !== sums.credits - sums.spent) {
      found.problems.push(`${organisation}: ${left} is left of ${sums.credits} less ${sums.spent}`)
    }
    const used = await view.spent(organisation)
    if (used !== sums.spent) {
      found.problems.push(`${organisation}: the usage says ${used}, and the transfers ${sums.spent}`)
    }
    return round
  }
}

/** Each payment once, with its amount, and no other. Before the first round there was the money to begin with. */
function wrongPayments(payments: readonly Payment[], credits: readonly SeenTransfer[], first: boolean): string[] {
  const problems: string[] = []
  const unclaimed = new Map(credits.map((credit) => [credit.id, credit]))
  for (const { key, transfer = '', amount } of payments) {
    const credit = unclaimed.get(transfer)
    unclaimed.delete(transfer)
    if (credit?.amount !== amount) {
      problems.push(`the payment ${key} of ${amount} is transfer ${transfer} of ${credit?.amount ?? 'nothing'}`)
    }
  }
  if (!first) for (const { id, amount } of unclaimed.values()) problems.push(`nobody paid ${amount} by transfer ${id}`)
  return problems
}

function proveClient(
  key: string,
  asked: readonly Asked[],
  entries: ReadonlyMap<string, Entry>,
  facts: RoundFacts,
  found: Findings,
): void {
  const unseen: Asked[] = []
  const known = new Set<string>()
  for (const one of asked) {
    found.requests += 1
    if (one.request === undefined) {
      unseen.push(one)
      continue
    }
    known.add(one.request)
    const entry = entries.get(one.request)
    const problem = one.complete ? wrongWhole(one, entry, found) : wrongPart(one, entry, facts, found)
    if (problem !== undefined) {
      const { script, way, request, status } = one
      found.problems.push(`${request} (${script.name}, ${way}, status ${status}): ${problem} ${told(entry)}`)
    }
  }
  found.unseen += unseen.length
  // Nobody knows which of them it was: it is one of those that this client sent and heard nothing of.
  const strays = [...entries.values()].filter(({ request, record }) => record.key === key && !known.has(request))
  const most = Math.max(0, ...unseen.map(({ script }) => script.most))
  if (strays.length > unseen.length) found.problems.push(`${key} has ${strays.length} requests that it never sent`)
  for (const { request, record } of strays) {
    if (record.cost > most) found.problems.push(`${request} that nobody saw cost ${record.cost}, and ${most} at most`)
    if (record.cost > 0) found.lost += 1
  }
}

function wrongWhole({ usage, script }: Asked, entry: Entry | undefined, found: Findings): string | undefined {
  found.complete += 1
  if (!script.succeeds) return 'it ended as complete, and could not'
  if (usage === undefined) return 'it is complete without a usage'
  if (entry === undefined) return 'it is complete and was never paid'
  const { record, held } = entry
  const due = Math.min(costOf(usage), held)
  if (record.cost !== due || due <= 0) return `it is complete, and its usage is worth ${due}`
  const isSame =
    record.prompt === usage.prompt && record.cached === usage.cached && record.completion === usage.completion
  if (!isSame) return `it is complete with another usage: ${JSON.stringify(usage)}`
  if (record.error !== null) return 'it is complete, and logged with an error'
}

function wrongPart(one: Asked, entry: Entry | undefined, facts: RoundFacts, found: Findings): string | undefined {
  const { script, status, firstAt } = one
  const cost = entry?.record.cost ?? 0
  if (status !== 200) {
    found.refused += 1
    if (cost === 0) return undefined
    // The commit was made, and the store went away before it could say so.
    if (!facts.storeWasAway || status !== 503) return 'it was refused, and cost something'
    found.lost += 1
    return undefined
  }
  found.cut += 1
  if (entry === undefined) return 'it was begun, and never let in'
  if (cost > script.most) return `it cost more than all of it, which is ${script.most}`
  if (firstAt === undefined) return undefined
  const { error } = entry.record
  const goingOnMs = error === RESTARTED && facts.killedAt !== undefined ? facts.killedAt - firstAt : 0
  if (cost > 0) {
    if (goingOnMs > KEPT_WITHIN_MS) found.lasting += 1
    return undefined
  }
  if (error !== RESTARTED) return 'something of it was given, and it is free'
  if (goingOnMs > KEPT_WITHIN_MS) return `it had been going on for ${Math.round(goingOnMs)} ms, and is free`
}

function told(entry: Entry | undefined): string {
  if (entry === undefined) return '(no entry)'
  const { held, record } = entry
  return `(held ${held}, cost ${record.cost}, tokens ${record.prompt}/${record.cached}/${record.completion}, error ${record.error})`
}
