/** Usage and the request log, as operators ask for them. */

import type { RequestRecord } from '../../records/request-record.ts'
import {
  REQUEST_FIELDS,
  type RequestQuery,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageFilter,
  type UsageQuery,
  type UsageReader,
  type UsageRow,
} from '../../usage/usage-reader.ts'
import type { Database } from './database.ts'
import { RECORD } from './request-rows.ts'

const HOUR = 3_600_000
const DAY_HOURS = 24
const MAX_LIMIT = 100_000
/** Hours with something in them that are looked at together; each time four times as many. */
const MAX_HOURS = 256

type Value = string | number

/** SQL of a condition, with `$1` and so on for the values that are already there. */
class Conditions {
  readonly values: Value[] = []
  readonly #parts: string[] = []

  add(condition: (place: string) => string, value: Value): void {
    this.#parts.push(condition(this.place(value)))
  }

  place(value: Value): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  get sql(): string {
    return this.#parts.join(' AND ')
  }
}

interface Place {
  readonly at: number
  readonly id: number
}

export class PostgresUsage implements UsageReader {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async usage(query: UsageQuery): Promise<UsageRow[]> {
    const where = new Conditions()
    where.add((from) => `u.hour >= ${from}`, Math.ceil(query.from / HOUR))
    where.add((to) => `u.hour < ${to}`, Math.ceil(query.to / HOUR))
    addFilter(where, 'u', query.filter)
    const bucket = {
      hour: 'u.hour',
      day: `u.hour / ${DAY_HOURS} * ${DAY_HOURS}`,
      all: String(Math.floor(query.from / HOUR)),
    }[query.bucket]
    const by = USAGE_DIMENSIONS.filter((dimension) => query.by.includes(dimension))
    const columns = by.map((dimension) => `, u.${dimension} AS ${dimension}`).join('')
    const sums = ['requests', 'errors', 'prompt', 'cached', 'completion', 'reasoning', 'cost']
    return this.#database.ask(async (sql) => {
      const rows = await sql.unsafe<UsageRow[]>(
        `SELECT (${bucket})::bigint * ${HOUR} AS at, coalesce(w.currency, 'USD') AS currency${columns},
           ${sums.map((name) => `sum(u.${name})::bigint AS ${name}`).join(', ')}
         FROM usage u LEFT JOIN wallets w ON w.organisation = u.organisation
         WHERE ${where.sql}
         GROUP BY 1, 2${by.map((_, index) => `, ${index + 3}`).join('')}
         ORDER BY 1${by.map((_, index) => `, ${index + 3}`).join('')}, 2
         LIMIT ${where.place(limitOf(query))}`,
        where.values,
      )
      return rows.map((row) => Object.assign({}, row))
    })
  }

  async requests(query: RequestQuery): Promise<RequestRecord[]> {
    const behind = query.before === undefined ? undefined : await this.#placeOf(query.before)
    if (query.before !== undefined && behind === undefined) return []
    const to = behind === undefined ? query.to : Math.min(query.to, behind.at + 1)
    // These have an index of their own.
    const { run, parent } = query.filter
    if ((query.error ?? run ?? parent) !== undefined) return this.#page(query, undefined, to, behind, limitOf(query))
    const found: RequestRecord[] = []
    let hour = Math.ceil(to / HOUR)
    for (let step = 1; found.length < limitOf(query); step = Math.min(step * 4, MAX_HOURS)) {
      const hours = await this.#hoursWith(query, hour, step)
      if (hours.length > 0) found.push(...(await this.#page(query, hours, to, behind, limitOf(query) - found.length)))
      if (hours.length < step) break
      hour = hours.at(-1) ?? hour
    }
    return found
  }

  async request(id: string, organisation?: string): Promise<RequestRecord | undefined> {
    const where = new Conditions()
    where.add((place) => `r.request = ${place}`, id)
    addFilter(where, 'r', organisation === undefined ? {} : { organisation })
    const [row] = await this.#database.ask((sql) =>
      sql.unsafe<RequestRecord[]>(
        `SELECT ${RECORD} FROM requests r WHERE ${where.sql} ORDER BY r.id DESC LIMIT 1`,
        where.values,
      ),
    )
    return row === undefined ? undefined : { ...row }
  }

  async #page(
    { filter, error, from }: RequestQuery,
    hours: readonly number[] | undefined,
    to: number,
    behind: Place | undefined,
    limit: number,
  ): Promise<RequestRecord[]> {
    const where = new Conditions()
    where.add((least) => `r.at >= ${least}::bigint`, from)
    where.add((most) => `r.at < ${most}::bigint`, to)
    addFilter(where, 'r', filter)
    for (const field of REQUEST_FIELDS) {
      const value = filter[field]
      if (value !== undefined) where.add((place) => `r.${field} = ${place}`, value)
    }
    if (error !== undefined) where.add((code) => `r.error = ${code}`, error)
    if (behind !== undefined) {
      where.add((at) => `(r.at, r.id) < (${at}::bigint, ${where.place(behind.id)}::bigint)`, behind.at)
    }
    const most = where.place(limit)
    const page = (more: string): string =>
      `(SELECT r.* FROM requests r WHERE ${where.sql}${more} ORDER BY r.at DESC, r.id DESC LIMIT ${most}) r`
    const inHour = page(` AND r.at >= h.hour * ${HOUR} AND r.at < (h.hour + 1) * ${HOUR}`)
    const found =
      hours === undefined
        ? page('')
        : `(SELECT value::bigint AS hour FROM json_array_elements_text(${where.place(JSON.stringify(hours))}::text::json)) h
           CROSS JOIN LATERAL ${inHour}`
    return this.#database.ask(async (sql) => {
      const rows = await sql.unsafe<RequestRecord[]>(
        `SELECT ${RECORD} FROM ${found}
         ORDER BY r.at DESC, r.id DESC LIMIT ${most}`,
        where.values,
      )
      return rows.map((row) => Object.assign({}, row))
    })
  }

  /** Hours in which something fits, newest first: the sums of usage know, and what is rare is found without reading all. */
  async #hoursWith({ filter, from }: RequestQuery, before: number, limit: number): Promise<number[]> {
    const where = new Conditions()
    where.add((least) => `u.hour >= ${least}`, Math.floor(from / HOUR))
    where.add((most) => `u.hour < ${most}`, before)
    addFilter(where, 'u', filter)
    const rows = await this.#database.ask((sql) =>
      sql.unsafe<{ hour: number }[]>(
        `SELECT DISTINCT u.hour FROM usage u WHERE ${where.sql}
         ORDER BY u.hour DESC LIMIT ${where.place(limit)}`,
        where.values,
      ),
    )
    return rows.map(({ hour }) => hour)
  }

  async #placeOf(request: string): Promise<Place | undefined> {
    const [row] = await this.#database.ask(
      (sql) => sql<Place[]>`SELECT at, id FROM requests WHERE request = ${request} ORDER BY id LIMIT 1`,
    )
    return row
  }
}

function addFilter(where: Conditions, table: 'u' | 'r', filter: UsageFilter): void {
  for (const dimension of USAGE_DIMENSIONS) {
    const name = filter[dimension]
    if (name !== undefined) where.add((place) => `${columnOf(table, dimension)} = ${place}`, name)
  }
}

/** The sums say '' where nobody answered. */
function columnOf(table: 'u' | 'r', dimension: UsageDimension): string {
  return table === 'r' && dimension === 'engine' ? `coalesce(r.engine, '')` : `${table}.${dimension}`
}

const limitOf = ({ limit }: { readonly limit: number }): number => Math.max(0, Math.min(limit, MAX_LIMIT))
