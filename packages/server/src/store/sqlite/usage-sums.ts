/** Sums of the requests of one group, so that each hour's row is written once and not for each request. */

import type { RequestRecord } from '../../records/request-record.ts'
import { type Cells, STEP } from './group-steps.ts'

const HOUR = 3_600_000

/** A record with its names, as far as usage is summed by them, as numbers. */
export interface NumberedRecord {
  readonly record: RequestRecord
  readonly organisation: number
  readonly project: number
  readonly key: number
  readonly model: number
  readonly engine: number
}

interface Sum {
  readonly of: NumberedRecord
  readonly hour: number
  requests: number
  errors: number
  prompt: number
  cached: number
  completion: number
  reasoning: number
  cost: number
}

/** Past it a sum is no longer exact, and a second row is written for it. */
const MOST = 2 ** 52

export class UsageSums {
  #sums = new Map<string, Sum>()
  /** Requests in a row are often of the same key. */
  #last: Sum | undefined

  add(numbered: NumberedRecord, cells: Cells): void {
    const { record } = numbered
    const sum = this.#sumOf(numbered, Math.floor(record.at / HOUR))
    if (sum.cost + record.cost > MOST) this.#writeSum(sum, cells)
    sum.requests++
    if (record.error !== null) sum.errors++
    sum.prompt += record.prompt
    sum.cached += record.cached
    sum.completion += record.completion
    sum.reasoning += record.reasoning
    sum.cost += record.cost
  }

  write(cells: Cells): void {
    for (const sum of this.#sums.values()) this.#writeSum(sum, cells)
    if (this.#sums.size > 0) this.#sums = new Map()
    this.#last = undefined
  }

  #sumOf(of: NumberedRecord, hour: number): Sum {
    const last = this.#last
    if (last !== undefined && last.hour === hour && isSame(last.of, of)) return last
    const key = `${hour} ${of.organisation} ${of.project} ${of.key} ${of.model} ${of.engine}`
    let sum = this.#sums.get(key)
    if (sum === undefined) {
      sum = { of, hour, requests: 0, errors: 0, prompt: 0, cached: 0, completion: 0, reasoning: 0, cost: 0 }
      this.#sums.set(key, sum)
    }
    this.#last = sum
    return sum
  }

  #writeSum(sum: Sum, cells: Cells): void {
    const { organisation, project, key, model, engine } = sum.of
    cells.push(STEP.usage, sum.hour, organisation, project, key, model, engine, sum.requests, sum.errors)
    cells.push(sum.prompt, sum.cached, sum.completion, sum.reasoning, sum.cost)
    Object.assign(sum, { requests: 0, errors: 0, prompt: 0, cached: 0, completion: 0, reasoning: 0, cost: 0 })
  }
}

function isSame(a: NumberedRecord, b: NumberedRecord): boolean {
  return (
    a.key === b.key &&
    a.model === b.model &&
    a.engine === b.engine &&
    a.project === b.project &&
    a.organisation === b.organisation
  )
}
