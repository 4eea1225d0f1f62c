/** Whoever was given a byte had a hold that is there behind a kill of the server; whoever was refused has cost nobody anything. */

import type { OperatorView } from '../crash/operator-view.ts'
import type { FailingAsk } from './failing-client.ts'
import type { Question } from './thinking-engine.ts'

export interface FailingFindings {
  /** How often each way of failing was played. */
  readonly played: ReadonlyMap<string, number>
  readonly requests: number
  /** Given the head of a 200 at least. */
  readonly given: number
  readonly complete: number
  readonly refused: number
  /** Refused, and the engine had been asked: it answered in vain, or was stopped. */
  readonly inVain: number
  /** Of these: the engine was still thinking, and was stopped. */
  readonly stopped: number
  readonly left: number
  readonly problems: readonly string[]
}

export async function proveNothingGiven(
  view: OperatorView,
  organisation: string,
  asked: readonly FailingAsk[],
  questions: readonly Question[],
): Promise<Omit<FailingFindings, 'played'>> {
  const transfers = await view.transfersBehind(organisation, undefined)
  const holds = new Set(
    transfers.flatMap(({ kind, request }) => (kind === 'hold' && request !== null ? [request] : [])),
  )
  const paid = new Set(
    transfers.flatMap(({ kind, request }) => (kind === 'settle' && request !== null ? [request] : [])),
  )
  const { clean, open, problems: unclean } = await view.audit()
  const problems = clean && open === 0 ? [] : [`${open} holds are open`, ...unclean]
  const found = { requests: asked.length, given: 0, complete: 0, refused: 0, inVain: 0, stopped: 0, left: 0 }
  const byNumber = Map.groupBy(questions, ({ number }) => number)
  for (const { state, number } of questions) {
    if (state === 'open') problems.push(`the engine still thinks about ${number}`)
  }
  for (const { number, thinks, status, request, given, complete, left } of asked) {
    const its = byNumber.get(number) ?? []
    if (left) found.left += 1
    if (complete) found.complete += 1
    if (status === 200) {
      found.given += 1
      if (request === undefined || !holds.has(request))
        problems.push(`${number} got ${given} bytes, and nothing is held for it`)
      if (complete && (request === undefined || !paid.has(request))) problems.push(`${number} is complete and not paid`)
      continue
    }
    if (status === undefined) continue
    found.refused += 1
    if (status !== 503) problems.push(`${number} was refused with ${status}`)
    if (request !== undefined && paid.has(request)) problems.push(`${number} was refused and has paid`)
    if (its.length > 0) found.inVain += 1
    if (!thinks || its.length === 0) continue
    if (its.every(({ state }) => state === 'aborted')) found.stopped += 1
    else problems.push(`the engine was not stopped from thinking about ${number}`)
  }
  return { ...found, problems }
}
