/** How many responses an organisation has, and how large they are: what is oldest makes room before a limit is passed. */

export interface QuotaLimits {
  /** Responses of one organisation. */
  readonly responses: number
  /** UTF-16 units of JSON of one organisation; `Infinity` where a database keeps them. */
  readonly units: number
}

export interface QuotaParts {
  readonly limits: QuotaLimits
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly count: (owner: string) => Promise<number>
  /** Takes away so many, or fewer where there are no more. */
  readonly dropOldest: (owner: string, count: number) => Promise<void>
}

/** At once, so that not every request has to. */
const DROPPED = 200
/** Others may have added some, and some have expired. */
const RECOUNT_MS = 10 * 60_000
const MOST_OWNERS = 10_000

interface Counted {
  readonly at: number
  responses: number
  units: number
}

export class ResponseQuota {
  readonly #parts: QuotaParts
  readonly #counted = new Map<string, Counted>()

  constructor(parts: QuotaParts) {
    this.#parts = parts
  }

  /** One more is to come. @throws what counting and dropping throw */
  async take(owner: string): Promise<void> {
    const { limits, dropOldest } = this.#parts
    const counted = await this.#countOf(owner)
    counted.responses += 1
    if (counted.responses <= limits.responses && counted.units <= limits.units) return
    const dropped = Math.min(DROPPED, counted.responses)
    // As if all were equally large: what is dropped is not weighed again.
    counted.units -= Math.ceil((counted.units * dropped) / counted.responses)
    counted.responses -= dropped
    await dropOldest(owner, dropped)
  }

  /** How large it has become. */
  weigh(owner: string, units: number): void {
    const counted = this.#counted.get(owner)
    if (counted !== undefined) counted.units += units
  }

  async #countOf(owner: string): Promise<Counted> {
    const now = this.#parts.now()
    const known = this.#counted.get(owner)
    if (known !== undefined && now - known.at < RECOUNT_MS) return known
    const fresh = { at: now, responses: await this.#parts.count(owner), units: known?.units ?? 0 }
    if (this.#counted.size >= MOST_OWNERS) this.#counted.clear()
    this.#counted.set(owner, fresh)
    return fresh
  }
}
