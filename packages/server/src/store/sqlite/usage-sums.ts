/** Sums of the requests of one group, so that each hour's row is written once and not for each request. */

import { placeOf } from '../request-columns.ts'
import { type Cells, STEP } from './group-steps.ts'

const HOUR = 3_600_000

/** Past it a sum is no longer exact, and a second row is written for it. */
const MOST = 2 ** 52

const AT = placeOf('at')
const ORGANISATION = placeOf('organisation')
const PROJECT = placeOf('project')
const KEY = placeOf('key')
const MODEL = placeOf('model')
const ENGINE = placeOf('engine')
const ERROR = placeOf('error')
const PROMPT = placeOf('prompt')
const CACHED = placeOf('cached')
const COMPLETION = placeOf('completion')
const REASONING = placeOf('reasoning')
const COST = placeOf('cost')

interface Sum {
  readonly hour: number
  /** Numbers of names, as are the next four. */
  readonly organisation: number
  readonly project: number
  readonly key: number
  readonly model: number
  readonly engine: number
  requests: number
  errors: number
  prompt: number
  cached: number
  completion: number
  reasoning: number
  cost: number
}

export class UsageSums {
  #sums = new Map<string, Sum>()
  /** Requests in a row are often of the same key. */
  #last: Sum | undefined

  /** Of the row of the request log that begins there. */
  add(cells: Cells, place: number): void {
    const value = (column: number): number => Number(cells[place + column])
    const hour = Math.floor(value(AT) / HOUR)
    const sum = this.#sumOf(hour, value(ORGANISATION), value(PROJECT), value(KEY), value(MODEL), value(ENGINE))
    const cost = value(COST)
    if (sum.cost + cost > MOST) this.#writeSum(sum, cells)
    sum.requests++
    if (cells[place + ERROR] !== null) sum.errors++
    sum.prompt += value(PROMPT)
    sum.cached += value(CACHED)
    sum.completion += value(COMPLETION)
    sum.reasoning += value(REASONING)
    sum.cost += cost
  }

  write(cells: Cells): void {
    for (const sum of this.#sums.values()) this.#writeSum(sum, cells)
    if (this.#sums.size > 0) this.#sums = new Map()
    this.#last = undefined
  }

  #sumOf(hour: number, organisation: number, project: number, key: number, model: number, engine: number): Sum {
    const last = this.#last
    if (
      last !== undefined &&
      last.key === key &&
      last.model === model &&
      last.engine === engine &&
      last.hour === hour &&
      last.project === project &&
      last.organisation === organisation
    )
      return last
    const name = `${hour} ${organisation} ${project} ${key} ${model} ${engine}`
    let sum = this.#sums.get(name)
    if (sum === undefined) {
      const of = { hour, organisation, project, key, model, engine }
      sum = { ...of, requests: 0, errors: 0, prompt: 0, cached: 0, completion: 0, reasoning: 0, cost: 0 }
      this.#sums.set(name, sum)
    }
    this.#last = sum
    return sum
  }

  #writeSum(sum: Sum, cells: Cells): void {
    cells.push(STEP.usage, sum.hour, sum.organisation, sum.project, sum.key, sum.model, sum.engine)
    cells.push(sum.requests, sum.errors, sum.prompt, sum.cached, sum.completion, sum.reasoning, sum.cost)
    Object.assign(sum, { requests: 0, errors: 0, prompt: 0, cached: 0, completion: 0, reasoning: 0, cost: 0 })
  }
}
