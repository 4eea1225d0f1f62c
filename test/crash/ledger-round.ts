/** What the books say of one round, by request: its hold, its end and its line in the log. Entries that break a rule are told. */

import type { SeenRequest, SeenTransfer } from './operator-view.ts'
import { costOf } from './scripts.ts'

/** A request that was let in. */
export interface Entry {
  readonly request: string
  readonly held: number
  readonly record: SeenRequest
}

export interface LedgerRound {
  readonly entries: ReadonlyMap<string, Entry>
  readonly credits: readonly SeenTransfer[]
  readonly spent: number
  readonly problems: readonly string[]
}

const ENDS: ReadonlySet<string> = new Set(['settle', 'release'])

/** `transfers`: all that came in the round. A hold of the round has its end in it, and an end its hold. */
export function readRound(transfers: readonly SeenTransfer[], requests: readonly SeenRequest[]): LedgerRound {
  const problems: string[] = []
  const records = new Map<string, SeenRequest>()
  for (const record of requests) {
    if (records.has(record.id)) problems.push(`${record.id} has two lines in the request log`)
    records.set(record.id, record)
  }
  const credits = transfers.filter(({ request }) => request === null)
  const byRequest = Map.groupBy(
    transfers.filter(({ request }) => request !== null),
    ({ request }) => String(request),
  )
  const entries = new Map<string, Entry>()
  let spent = 0
  for (const [request, its] of byRequest) {
    const holds = its.filter(({ kind }) => kind === 'hold')
    const ends = its.filter(({ kind }) => ENDS.has(kind))
    const [hold] = holds
    const [end] = ends
    const record = records.get(request)
    if (hold === undefined || end === undefined || record === undefined || its.length !== 2) {
      const logged = record === undefined ? 'no line in the log' : 'a line in the log'
      problems.push(`${request} has ${holds.length} holds, ${ends.length} ends and ${logged}`)
      continue
    }
    const cost = end.kind === 'settle' ? end.amount : 0
    spent += cost
    entries.set(request, { request, held: hold.amount, record })
    problems.push(...wrongBill(request, hold.amount, cost, record))
  }
  for (const { id, cost } of requests) {
    if (!byRequest.has(id) && cost !== 0) problems.push(`${id} was never let in, and cost ${cost}`)
  }
  return { entries, credits, spent, problems }
}

function wrongBill(request: string, held: number, cost: number, record: SeenRequest): string[] {
  const problems: string[] = []
  if (cost > held) problems.push(`${request} cost ${cost}, and ${held} was held`)
  if (record.cost !== cost) problems.push(`${request} cost ${cost}, and its line in the log says ${record.cost}`)
  const due = Math.min(costOf(record), held)
  if (cost !== due) problems.push(`${request} cost ${cost}, and its tokens are worth ${due}`)
  return problems
}
