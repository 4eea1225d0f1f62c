/** The line of figures under an answer (design §5.3). */

import { amountOf, nanosOf, sumOf } from './amount.ts'
import type { Run } from './conversation.ts'
import type { Figure } from './conversation-view.ts'
import { isAlive } from './strip-view.ts'

/** A rate of fewer tokens says nothing. */
const LEAST_TOKENS = 10

export interface Tokens {
  readonly thinking: number
  readonly answer: number
  readonly approximate: boolean
}

/** Of one run: what its usage tells, else its receipt, else the events of the wire. */
function tokensOf(run: Run): Tokens {
  const { usage, receipt, stretches } = run
  const approximate = run.head?.countsApproximate === true
  if (usage !== undefined) return { thinking: usage.thinking, answer: usage.output - usage.thinking, approximate }
  const counted = (isThinking: boolean): number =>
    stretches.reduce((sum, { kind, events }) => sum + ((kind === 'reasoning') === isThinking ? events : 0), 0)
  const thinking = counted(true)
  // A receipt tells one number for both: what is over stands with the answer.
  const answer = receipt === undefined ? counted(false) : Math.max(0, receipt.output - thinking)
  return { thinking, answer, approximate }
}

export function allTokens(runs: readonly Run[]): Tokens {
  const all = runs.map(tokensOf)
  return {
    thinking: all.reduce((sum, { thinking }) => sum + thinking, 0),
    answer: all.reduce((sum, { answer }) => sum + answer, 0),
    approximate: all.some(({ approximate }) => approximate),
  }
}

export function figuresOf(runs: readonly Run[]): Figure[] {
  return [...firstToken(runs), ...rate(runs), ...input(runs), ...output(runs), ...cost(runs), ...settled(runs)]
}

function firstToken(runs: readonly Run[]): Figure[] {
  const first = runs[0]?.stretches[0]
  return first === undefined ? [] : [{ kind: 'first-token', ms: first.from }]
}

/** Tokens behind the first one by the time behind the first one. The gap of a seam is time too. */
function rate(runs: readonly Run[]): Figure[] {
  const run = runs.at(-1)
  const first = run?.stretches[0]
  const last = run?.stretches.at(-1)
  if (run === undefined || first === undefined || last === undefined) return []
  const { thinking, answer, approximate } = tokensOf(run)
  const tokens = thinking + answer
  const seconds = (last.to - first.from) / 1000
  if (tokens < LEAST_TOKENS || seconds <= 0) return []
  return [{ kind: 'rate', tokensPerSecond: (tokens - 1) / seconds, approximate }]
}

function input(runs: readonly Run[]): Figure[] {
  const last = runs.at(-1)
  if (last?.usage !== undefined) return [{ kind: 'input', tokens: last.usage.input, cached: last.usage.cached }]
  const receipt = last?.receipt
  return receipt === undefined ? [] : [{ kind: 'input', tokens: receipt.hit + receipt.miss, cached: receipt.hit }]
}

function output(runs: readonly Run[]): Figure[] {
  const { thinking, answer, approximate } = allTokens(runs)
  const asked = runs.some((run) => run.asked.thinking)
  const figures: Figure[] = []
  if (answer > 0 || runs.some(({ usage }) => usage !== undefined))
    figures.push({ kind: 'answer', tokens: answer, approximate })
  if (thinking > 0 || (asked && figures.length > 0)) figures.push({ kind: 'thinking', tokens: thinking, approximate })
  return figures
}

/** What the ledger says of all runs; while one has no receipt, what its prices make of what has come. */
function cost(runs: readonly Run[]): Figure[] {
  const amounts = runs.map(costOf)
  const known = amounts.filter((one) => one !== undefined)
  const [first] = known
  if (first === undefined || known.some(({ currency }) => currency !== first.currency)) return []
  const amount = sumOf(known.map((one) => one.amount))
  if (amount === undefined) return []
  const soFar = known.length < amounts.length || known.some((one) => one.soFar)
  return [{ kind: 'cost', amount, currency: first.currency, soFar }]
}

function costOf(run: Run): { readonly amount: string; readonly currency: string; readonly soFar: boolean } | undefined {
  const { receipt } = run
  if (receipt !== undefined) return { amount: receipt.cost, currency: receipt.currency, soFar: false }
  const { prices, input: tokensIn = 0 } = run.asked
  if (prices === undefined || run.stretches.length === 0) return undefined
  const [hit, miss, out] = [prices.hit, prices.miss, prices.output].map(nanosOf)
  if (hit === undefined || miss === undefined || out === undefined) return undefined
  const { thinking, answer } = tokensOf(run)
  const cached = BigInt(run.usage?.cached ?? 0)
  const fresh = BigInt(run.usage?.input ?? tokensIn) - cached
  const nanos = hit * cached + miss * fresh + out * BigInt(thinking + answer)
  return { amount: amountOf(nanos), currency: prices.currency, soFar: true }
}

function settled(runs: readonly Run[]): Figure[] {
  const last = runs.at(-1)
  if (last === undefined || isAlive(last) || runs.some(({ receipt }) => receipt === undefined)) return []
  return last.head === undefined ? [] : [{ kind: 'settled', requestId: last.head.requestId }]
}
