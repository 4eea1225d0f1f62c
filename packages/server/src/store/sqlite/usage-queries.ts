/** Usage and the request log, read from a connection that only reads. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { RequestRecord } from '../../records/request-record.ts'
import {
  REQUEST_FIELDS,
  type RequestQuery,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageFilter,
  type UsageQuery,
  type UsageRow,
} from '../../usage/usage-reader.ts'
import { type FoundRequest, findRequests } from './request-rows.ts'
import { type Row, currencyIn, maybeTextIn, numberIn } from './row-values.ts'

const HOUR = 3_600_000
const DAY_HOURS = 24
/** Last requests of pages that were handed out: the next page goes on behind them. */
const MAX_PLACES = 10_000

type Values = SQLInputValue[]

interface Place {
  readonly at: number
  readonly id: number
}

/** SQL of a condition, and what its question marks stand for. */
interface Condition {
  readonly sql: string
  readonly values: Values
}

export class UsageQueries {
  readonly #database: DatabaseSync
  /** Where a page ended. Request ids have no index: one would cost each commit more than all else in it. */
  readonly #places = new Map<string, Place>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  usage(query: UsageQuery): UsageRow[] {
    const filter = this.#filterOf(query.filter)
    if (filter === undefined) return []
    const bucket = { hour: 'u.hour', day: `u.hour / ${DAY_HOURS} * ${DAY_HOURS}`, all: String(query.from / HOUR) }[
      query.bucket
    ]
    // Grouped by numbers first: names are put to the few rows that come out, and not to each that goes in.
    const by = USAGE_DIMENSIONS.filter((dimension) => query.by.includes(dimension))
    const each = (text: (dimension: UsageDimension) => string): string => by.map(text).join('')
    const rows = this.#database
      .prepare(
        `SELECT bucket * ${HOUR} AS at, currency${each((name) => `, n_${name}.name AS ${name}`)}, requests, errors, prompt,
           cached, completion, reasoning, cost
         FROM (
           SELECT ${bucket} AS bucket, coalesce(w.currency, 'USD') AS currency${each((name) => `, u.${name} AS ${name}`)},
             sum(requests) AS requests, sum(errors) AS errors, sum(prompt) AS prompt, sum(u.cached) AS cached,
             sum(completion) AS completion, sum(reasoning) AS reasoning, sum(cost) AS cost
           FROM usage u LEFT JOIN wallets w ON w.organisation = u.organisation
           WHERE u.hour >= ? AND u.hour < ?${filter.sql}
           GROUP BY 1, 2${by.map((_, index) => `, ${index + 3}`).join('')}
         ) s${each((name) => ` LEFT JOIN names n_${name} ON n_${name}.id = s.${name}`)}
         ORDER BY bucket${each((name) => `, n_${name}.name`)}, currency
         LIMIT ?`,
      )
      .all(Math.ceil(query.from / HOUR), Math.ceil(query.to / HOUR), ...filter.values, query.limit)
    return rows.map((row) => usageRowOf(row, by))
  }

  requests(query: RequestQuery): RequestRecord[] {
    const filter = this.#filterOf(query.filter)
    if (filter === undefined) return []
    const behind = query.before === undefined ? undefined : this.#placeOf(query.before)
    if (query.before !== undefined && behind === undefined) return []
    const fields = fieldsOf(query)
    const page = findRequests(
      this.#database,
      `SELECT * FROM requests r WHERE r.at >= ? AND r.at < ?
         ${behind === undefined ? '' : 'AND (r.at, r.id) < (?, ?)'}${filter.sql.replaceAll('u.', 'r.')}${fields.sql}
       ORDER BY r.at DESC, r.id DESC LIMIT ?`,
    )
    const to = behind === undefined ? query.to : Math.min(query.to, behind.at + 1)
    const place = behind === undefined ? [] : [behind.at, behind.id]
    const found: FoundRequest[] = []
    for (const [first, last] of this.#spansOf(query, filter, to)) {
      const left = query.limit - found.length
      found.push(...page(first, last, ...place, ...filter.values, ...fields.values, left))
      if (found.length >= query.limit) break
    }
    this.#remember(found.at(-1))
    return found.map(({ record }) => record)
  }

  /** From the last row back to it. An index would cost each commit, for what is seldom asked. */
  request(id: string, organisation: string | undefined): RequestRecord | undefined {
    const filter = this.#filterOf(organisation === undefined ? {} : { organisation })
    if (filter === undefined) return undefined
    const find = findRequests(
      this.#database,
      `SELECT * FROM requests r WHERE r.request = ?${filter.sql.replaceAll('u.', 'r.')} ORDER BY r.id DESC LIMIT 1`,
    )
    return find(id, ...filter.values)[0]?.record
  }

  /** What to look through, newest first: hour by hour, but for requests that an index of their own finds. */
  *#spansOf({ filter, from, error }: RequestQuery, condition: Condition, to: number): Generator<[number, number]> {
    if (filter.run !== undefined || filter.parent !== undefined) {
      yield [from, to]
      return
    }
    for (const hour of this.#hoursWith(condition, from, to, error !== undefined)) {
      yield [Math.max(from, hour * HOUR), Math.min(to, (hour + 1) * HOUR)]
    }
  }

  /** Hours in which something fits, newest first: the sums of usage know, and what is rare is found without reading all. */
  *#hoursWith(filter: Condition, from: number, to: number, withErrors: boolean): Generator<number> {
    const hours = this.#database.prepare(
      `SELECT DISTINCT hour FROM usage u WHERE hour >= ? AND hour < ?${filter.sql}${withErrors ? ' AND errors > 0' : ''}
       ORDER BY hour DESC`,
    )
    const range = [Math.floor(from / HOUR), Math.ceil(to / HOUR)]
    for (const { hour } of hours.all(...range, ...filter.values)) yield Number(hour)
  }

  /** `undefined` when nothing can fit: a name that was never seen. */
  #filterOf(filter: UsageFilter): Condition | undefined {
    const values: Values = []
    let sql = ''
    for (const dimension of USAGE_DIMENSIONS) {
      const name = filter[dimension]
      if (name === undefined) continue
      const row = this.#database.prepare('SELECT id FROM names WHERE name = ?').get(name)
      if (row === undefined) return undefined
      values.push(Number(row['id']))
      sql += ` AND u.${dimension} = ?`
    }
    return { sql, values }
  }

  #placeOf(request: string): Place | undefined {
    const known = this.#places.get(request)
    if (known !== undefined) return known
    const row = this.#database.prepare('SELECT at, id FROM requests WHERE request = ? ORDER BY id LIMIT 1').get(request)
    return row === undefined ? undefined : { at: Number(row['at']), id: Number(row['id']) }
  }

  #remember(last: FoundRequest | undefined): void {
    if (last === undefined) return
    if (this.#places.size >= MAX_PLACES) this.#places.clear()
    this.#places.set(last.record.request, { at: last.at, id: last.id })
  }
}

function fieldsOf({ filter, error }: RequestQuery): Condition {
  const asked = [...REQUEST_FIELDS.map((field) => [field, filter[field]] as const), ['error', error] as const].filter(
    ([, value]) => value !== undefined,
  )
  return {
    sql: asked.map(([field]) => ` AND r.${field} = ?`).join(''),
    values: asked.map(([, value]) => value ?? null),
  }
}

function usageRowOf(row: Row, by: readonly UsageDimension[]): UsageRow {
  return {
    at: numberIn(row, 'at'),
    ...Object.fromEntries(by.map((dimension) => [dimension, maybeTextIn(row, dimension) ?? ''])),
    currency: currencyIn(row, 'currency'),
    requests: numberIn(row, 'requests'),
    errors: numberIn(row, 'errors'),
    prompt: numberIn(row, 'prompt'),
    cached: numberIn(row, 'cached'),
    completion: numberIn(row, 'completion'),
    reasoning: numberIn(row, 'reasoning'),
    cost: numberIn(row, 'cost'),
  }
}
