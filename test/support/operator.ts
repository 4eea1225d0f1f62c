/** The operator of a test server: organisations with money and keys, through the API that operators use. */

import assert from 'node:assert/strict'
import { call } from './call.ts'

export const TEST_ADMIN_KEY = 'sk-test-admin-key'

export interface Customer {
  readonly organisation: string
  readonly project: string
  readonly keyId: string
  readonly key: string
}

export interface CustomerWishes {
  readonly name?: string
  readonly currency?: 'USD' | 'CNY'
  readonly tier?: string | null
  /** Units, as decimal text. */
  readonly voucher?: string
  readonly recharge?: string
  /** Fields of the key. */
  readonly key?: Readonly<Record<string, unknown>>
  /** Fields of the project. */
  readonly project?: Readonly<Record<string, unknown>>
}

type Json = Record<string, unknown>

export class Operator {
  readonly #url: string
  readonly #adminKey: string
  #made = 0

  constructor({ url }: { readonly url: string }, adminKey = TEST_ADMIN_KEY) {
    this.#url = `${url}/admin/v1`
    this.#adminKey = adminKey
  }

  get(path: string): Promise<Json> {
    return this.#ask(path, {})
  }

  post(path: string, body: Json = {}, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    return this.#ask(path, { method: 'POST', body, headers })
  }

  async customer(wishes: CustomerWishes = {}): Promise<Customer> {
    this.#made += 1
    const { name = `customer ${this.#made}`, currency = 'USD', tier = 'development', voucher, recharge } = wishes
    const organisation = idOf(await this.post('/organisations', { name, currency, tier }))
    const at = `/organisations/${organisation}`
    if (voucher !== undefined) await this.credit(organisation, 'vouchers', voucher)
    if (recharge !== undefined) await this.credit(organisation, 'recharges', recharge)
    const project = idOf(await this.post(`${at}/projects`, { name: 'default', ...wishes.project }))
    const made = await this.post(`${at}/api-keys`, { name: 'key', project, ...wishes.key })
    return { organisation, project, keyId: idOf(made), key: String(made['key']) }
  }

  credit(organisation: string, kind: string, amount: string): Promise<Json> {
    this.#made += 1
    const headers = { 'idempotency-key': `test-${this.#made}` }
    return this.post(`/organisations/${organisation}/${kind}`, { amount, note: 'test' }, headers)
  }

  /** Asserts that the books are right. */
  async audit(): Promise<void> {
    const { report } = await this.post('/audit')
    assert.ok(typeof report === 'object' && report !== null)
    const { problems, open_holds: open } = report as Json
    assert.deepEqual({ problems, open }, { problems: [], open: 0 })
  }

  /** The request log of an organisation, newest first. */
  async requests(organisation: string): Promise<Json[]> {
    const { data } = await this.get(`/requests?organisation=${organisation}`)
    return data as Json[]
  }

  /** What is left: cash and vouchers. */
  async available({ key }: Customer): Promise<number> {
    const { json } = await call(`${this.#url.replace('/admin/v1', '/v1')}/users/me/balance`, { key })
    return (json as { data: { available_balance: number } }).data.available_balance
  }

  async #ask(
    path: string,
    options: { method?: string; body?: Json; headers?: Readonly<Record<string, string>> },
  ): Promise<Json> {
    const reply = await call(`${this.#url}${path}`, { ...options, key: this.#adminKey })
    assert.equal(reply.status, 200, `${path}: ${reply.text}`)
    return reply.json as Json
  }
}

function idOf({ id }: Json): string {
  return String(id)
}
