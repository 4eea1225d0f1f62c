/** Usage and the request log, read from a connection that only reads. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { RequestRecord } from '../../records/request-record.ts'
import {
  type RequestQuery,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageFilter,
  type UsageQuery,
  type UsageRow,
} from '../../usage/usage-reader.ts'
import { type Row, currencyIn, maybeNumberIn, maybeTextIn, numberIn, textIn } from './row-values.ts'

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
    const error: Condition =
      query.error === undefined ? { sql: '', values: [] } : { sql: ' AND r.error = ?', values: [query.error] }
    const page = this.#database.prepare(
      `${namedRequests(`
         SELECT * FROM requests r WHERE r.at >= ? AND r.at < ?
           ${behind === undefined ? '' : 'AND (r.at, r.id) < (?, ?)'}${filter.sql.replaceAll('u.', 'r.')}${error.sql}
         ORDER BY r.at DESC, r.id DESC LIMIT ?`)}
       ORDER BY r.at DESC, r.id DESC`,
    )
    const to = behind === undefined ? query.to : Math.min(query.to, behind.at + 1)
    const found: Row[] = []
    for (const hour of this.#hoursWith(filter, query.from, to, query.error !== undefined)) {
      const values: Values = [Math.max(query.from, hour * HOUR), Math.min(to, (hour + 1) * HOUR)]
      if (behind !== undefined) values.push(behind.at, behind.id)
      found.push(...page.all(...values, ...filter.values, ...error.values, query.limit - found.length))
      if (found.length >= query.limit) break
    }
    this.#remember(found.at(-1))
    return found.map(recordOf)
  }

  /** From the last row back to it. An index would cost each commit, for what is seldom asked. */
  request(id: string, organisation: string | undefined): RequestRecord | undefined {
    const filter = this.#filterOf(organisation === undefined ? {} : { organisation })
    if (filter === undefined) return undefined
    const row = this.#database
      .prepare(
        namedRequests(`
          SELECT * FROM requests r WHERE r.request = ?${filter.sql.replaceAll('u.', 'r.')} ORDER BY r.id DESC LIMIT 1`),
      )
      .get(id, ...filter.values)
    return row === undefined ? undefined : recordOf(row)
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

  #remember(last: Row | undefined): void {
    if (last === undefined) return
    if (this.#places.size >= MAX_PLACES) this.#places.clear()
    this.#places.set(String(last['request']), { at: Number(last['at']), id: Number(last['id']) })
  }
}

/** Rows of the request log with names in place of numbers. */
function namedRequests(rows: string): string {
  return `SELECT r.*, o.name AS organisation, p.name AS project, k.name AS key, m.name AS model, e.name AS engine,
      s.name AS served_model
    FROM (${rows}) r
    JOIN names o ON o.id = r.organisation JOIN names p ON p.id = r.project JOIN names k ON k.id = r.key
    JOIN names m ON m.id = r.model LEFT JOIN names e ON e.id = r.engine LEFT JOIN names s ON s.id = r.served_model`
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

function recordOf(row: Row): RequestRecord {
  return {
    request: textIn(row, 'request'),
    at: numberIn(row, 'at'),
    organisation: textIn(row, 'organisation'),
    project: textIn(row, 'project'),
    key: textIn(row, 'key'),
    model: textIn(row, 'model'),
    engine: maybeTextIn(row, 'engine'),
    servedModel: maybeTextIn(row, 'served_model'),
    streamed: numberIn(row, 'streamed') === 1,
    status: numberIn(row, 'status'),
    error: maybeTextIn(row, 'error'),
    prompt: numberIn(row, 'prompt'),
    cached: numberIn(row, 'cached'),
    completion: numberIn(row, 'completion'),
    reasoning: numberIn(row, 'reasoning'),
    cost: numberIn(row, 'cost'),
    firstTokenMs: maybeNumberIn(row, 'first_token_ms'),
    totalMs: numberIn(row, 'total_ms'),
    attempts: numberIn(row, 'attempts'),
    seams: numberIn(row, 'seams'),
  }
}
