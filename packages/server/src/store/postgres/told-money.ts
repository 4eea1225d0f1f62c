/**
 * What the database has told of an organisation's money, less what this gateway asks for meanwhile: known without asking.
 *
 * Each group tells the balance behind it, and of the keys and projects with a budget in it what they have spent and hold. Other
 * gateways spend too, so it decides nothing.
 */

import { LastTold } from '../../collections/last-told.ts'
import type { HoldRequest, Payer } from '../../ledger/ledger.ts'
import type { Budget } from '../../records/budget.ts'
import type { Nano } from '../../records/money.ts'

/** What counts against one budget. */
export interface BudgetPlace {
  /** A key or a project. */
  readonly subject: string
  /** Of UTC, as 202603; `null`: all months. */
  readonly month: number | null
  readonly budget: Nano
  /** As `ledger_group` names it. */
  readonly place: string
}

export class ToldMoney {
  /** What is free by the organisation; what is spent, as less than nothing, by organisation and place. */
  readonly #told: LastTold

  /** @param now milliseconds since whenever */
  constructor(now: () => number) {
    this.#told = new LastTold(now)
  }

  /** What a hold could take, of the balance and of all budgets. `undefined`: something of it was not told, or too long ago. */
  free(payer: Payer, withinMs?: number): Nano | undefined {
    const { organisation } = payer
    let least = this.#told.of(organisation, withinMs)
    for (const { place, budget } of budgetPlaces(payer)) {
      const spent = this.#told.of(`${organisation} ${place}`, withinMs)
      if (least === undefined || spent === undefined) return undefined
      least = Math.min(least, budget + spent)
    }
    return least
  }

  tellFree(organisation: string, free: Nano): void {
    this.#told.tell(organisation, free)
  }

  /** What is spent and held there. */
  tellSpent(organisation: string, place: string, spent: Nano): void {
    this.#told.tell(`${organisation} ${place}`, -spent)
  }

  /** Whoever calls it calls `answered` with the same request, in any case. */
  asks(request: HoldRequest): void {
    for (const name of namesOf(request)) this.#told.asks(name, request.amount)
  }

  answered(request: HoldRequest): void {
    for (const name of namesOf(request)) this.#told.answered(name, request.amount)
  }
}

const NONE: readonly BudgetPlace[] = []

export function budgetPlaces({ key, keyBudget, project, projectBudget, at }: Payer): readonly BudgetPlace[] {
  if (keyBudget === undefined && projectBudget === undefined) return NONE
  const places: BudgetPlace[] = []
  if (keyBudget !== undefined) places.push(placeOf(key, keyBudget, at))
  if (projectBudget !== undefined) places.push(placeOf(project, projectBudget, at))
  return places
}

function placeOf(subject: string, { amount, period }: Budget, at: number): BudgetPlace {
  const month = period === 'month' ? monthOf(at) : null
  return { subject, month, budget: amount, place: month === null ? subject : `${subject} ${month}` }
}

function namesOf(request: HoldRequest): string[] {
  const { organisation } = request
  return [organisation, ...budgetPlaces(request).map(({ place }) => `${organisation} ${place}`)]
}

/** The month in UTC, as 202603. */
export function monthOf(at: number): number {
  const date = new Date(at)
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1
}
