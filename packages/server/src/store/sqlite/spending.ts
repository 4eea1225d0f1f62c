/** What keys and projects have spent, in memory, so that a budget is decided on without a question to the database. */

import type { Budget } from '../../records/budget.ts'
import type { Nano } from '../../records/money.ts'
import { type Cells, STEP } from './group-steps.ts'
import type { LoadedSpending } from './loaded-state.ts'

/** Of one subject in one month of UTC. A hold keeps the one it counts in: it is settled there, also in another month. */
export interface MonthSpending {
  readonly subject: Subject
  /** 202603 */
  readonly month: number
  spent: Nano
  /** By holds that are open. */
  held: Nano
  changed: boolean
}

class Subject {
  readonly number: number
  /** Of all months. */
  spent = 0
  held = 0
  readonly #months: MonthSpending[] = []

  constructor(number: number) {
    this.number = number
  }

  month(month: number): MonthSpending {
    // The newest month is asked for, but for a few requests around midnight.
    const found = this.#months.findLast((one) => one.month === month)
    if (found !== undefined) return found
    const fresh = { subject: this, month, spent: 0, held: 0, changed: false }
    this.#months.push(fresh)
    return fresh
  }
}

export class SpendingBook {
  readonly #subjects = new Map<number, Subject>()
  #changed: MonthSpending[] = []

  constructor(loaded: readonly LoadedSpending[]) {
    for (const { subject, month, amount } of loaded) {
      const found = this.month(subject, month)
      found.spent = amount
      found.subject.spent += amount
    }
  }

  month(subject: number, month: number): MonthSpending {
    let found = this.#subjects.get(subject)
    if (found === undefined) this.#subjects.set(subject, (found = new Subject(subject)))
    return found.month(month)
  }

  hold(month: MonthSpending, amount: Nano): void {
    month.held += amount
    month.subject.held += amount
  }

  spend(month: MonthSpending, amount: Nano): void {
    month.spent += amount
    month.subject.spent += amount
    this.touch(month)
  }

  touch(month: MonthSpending): void {
    if (month.changed) return
    month.changed = true
    this.#changed.push(month)
  }

  /** Gives those that it wrote. */
  write(cells: Cells): readonly MonthSpending[] {
    const written = this.#changed
    for (const month of written) {
      month.changed = false
      cells.push(STEP.spending, month.subject.number, month.month, month.spent)
    }
    if (written.length > 0) this.#changed = []
    return written
  }
}

/** What the budget leaves; less than nothing when it was made smaller than what was spent. */
export function leftOf(budget: Budget, month: MonthSpending): Nano {
  const counted = budget.period === 'month' ? month : month.subject
  return budget.amount - counted.spent - counted.held
}

/** The month in UTC, as 202603; the last answer is kept, since almost all ask for the same. */
export class Months {
  #from = 0
  #to = 0
  #month = 0

  of(at: number): number {
    if (at >= this.#from && at < this.#to) return this.#month
    const date = new Date(at)
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
    this.#from = Date.UTC(year, month)
    this.#to = Date.UTC(year, month + 1)
    this.#month = year * 100 + month + 1
    return this.#month
  }
}
