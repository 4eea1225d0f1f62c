/** The books as an operator sees them: through the API below `/admin/v1`, page by page, and nothing else. */

import { setTimeout as wait } from 'node:timers/promises'
import { amountFrom } from '../../packages/server/src/records/money.ts'
import { call } from '../support/call.ts'
import { GATEWAY_ADMIN_KEY } from '../support/gateway.ts'
import { type Payment, wordsOf } from './payments.ts'

type Json = Readonly<Record<string, unknown>>

export interface SeenTransfer {
  readonly id: string
  readonly kind: string
  readonly request: string | null
  readonly amount: number
}

export interface SeenRequest {
  readonly id: string
  readonly key: string
  readonly status: number
  readonly error: string | null
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly cost: number
}

export interface SeenBalance {
  /** Cash and vouchers. */
  readonly left: number
  readonly held: number
}

export interface SeenAudit {
  readonly clean: boolean
  readonly open: number
  readonly problems: readonly string[]
}

const PAGE = 1_000
/** Pages of one round at most: a million entries are no round. */
const MOST_PAGES = 1_000
/** How often what is unavailable is asked for again: a store that was away needs a moment. */
const TRIES = 300
const PAUSE_MS = 100

export class OperatorView {
  readonly #url: string

  constructor(url: string) {
    this.#url = `${url}/admin/v1`
  }

  async post(path: string, body: Json = {}, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    return this.#ask(path, { method: 'POST', body, headers })
  }

  /** A payment whose answer was lost is repeated with its key; this one is not. */
  async payOnce(payment: Payment): Promise<{ readonly id: string; readonly repeated: boolean }> {
    return this.#pay(payment, 1)
  }

  async pay(payment: Payment): Promise<{ readonly id: string; readonly repeated: boolean }> {
    return this.#pay(payment, TRIES)
  }

  async audit(): Promise<SeenAudit> {
    const { report } = await this.post('/audit')
    const { clean, open_holds: open, problems } = report as Json
    return { clean: clean === true, open: Number(open), problems: problems as string[] }
  }

  async balance(organisation: string): Promise<SeenBalance> {
    const { cash, voucher, held } = await this.#ask(`/organisations/${organisation}/balance`)
    return { left: amountOf(cash) + amountOf(voucher), held: amountOf(held) }
  }

  /** All transfers behind the one that was seen last, newest first. */
  async transfersBehind(organisation: string, last: string | undefined): Promise<SeenTransfer[]> {
    const found: SeenTransfer[] = []
    for await (const each of this.#pages(`/organisations/${organisation}/transfers?`)) {
      if (each['id'] === last) break
      const { id, kind, request, cash, voucher } = each
      const amount = amountOf(cash) + amountOf(voucher)
      found.push({
        id: String(id),
        kind: String(kind),
        request: typeof request === 'string' ? request : null,
        amount,
      })
    }
    return found
  }

  async requestsSince(organisation: string, from: number): Promise<SeenRequest[]> {
    const found: SeenRequest[] = []
    const query = `organisation=${organisation}&from=${new Date(from).toISOString()}&`
    for await (const each of this.#pages(`/requests?${query}`)) {
      found.push({
        id: String(each['id']),
        key: String(each['key']),
        status: Number(each['status']),
        error: typeof each['error'] === 'string' ? each['error'] : null,
        prompt: Number(each['prompt_tokens']),
        cached: Number(each['cached_tokens']),
        completion: Number(each['completion_tokens']),
        cost: amountOf(each['cost']),
      })
    }
    return found
  }

  /** Of all requests, as the sums of usage say it. */
  async spent(organisation: string): Promise<number> {
    const { data } = await this.#ask(`/usage?organisation=${organisation}&bucket=all`)
    return (data as Json[]).reduce((sum, { cost }) => sum + amountOf(cost), 0)
  }

  async #pay(payment: Payment, tries: number): Promise<{ readonly id: string; readonly repeated: boolean }> {
    const { organisation, path, key } = payment
    const options = { method: 'POST', body: wordsOf(payment), headers: { 'idempotency-key': key } }
    const { id, repeated } = await this.#ask(`/organisations/${organisation}/${path}`, options, tries)
    return { id: String(id), repeated: repeated === true }
  }

  async *#pages(path: string): AsyncGenerator<Json> {
    let after = ''
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { data, has_more: more } = await this.#ask(`${path}limit=${PAGE}${after}`)
      const entries = data as Json[]
      yield* entries
      if (more !== true) return
      after = `&after=${String(entries.at(-1)?.['id'])}`
    }
    throw new Error(`${path} has more than ${MOST_PAGES} pages`)
  }

  /** Whoever is told that the store is away asks again, as the manual says. */
  async #ask(
    path: string,
    options: { method?: string; body?: Json; headers?: Readonly<Record<string, string>> } = {},
    tries = TRIES,
  ): Promise<Json> {
    for (let tried = 1; ; tried += 1) {
      const reply = await call(`${this.#url}${path}`, { ...options, key: GATEWAY_ADMIN_KEY })
      if (reply.status === 200) return reply.json as Json
      if (reply.status !== 503 || tried >= tries) throw new Error(`${path}: ${reply.status} ${reply.text}`)
      await wait(PAUSE_MS)
    }
  }
}

function amountOf(text: unknown): number {
  const amount = amountFrom(String(text))
  if (amount === undefined) throw new Error(`${String(text)} is no amount`)
  return amount
}
