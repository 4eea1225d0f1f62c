/** Several gateways that spend one organisation's money at once, on a real PostgreSQL: how often engines are asked ahead, and in vain. */

import { setTimeout as wait } from 'node:timers/promises'
import type { HoldRequest } from '../../packages/server/src/ledger/ledger.ts'
import { LedgerError } from '../../packages/server/src/ledger/ledger.ts'
import { newRecord } from '../../packages/server/src/records/request-record.ts'
import { type PostgresStore, openPostgresStore } from '../../packages/server/src/store/postgres/open-postgres-store.ts'
import { seededRandom } from '../../test/support/every-split.ts'
import { newOrganisations } from './spenders.ts'

export interface Play {
  readonly url: string
  /** How many times the amount must be there. */
  readonly factor: number
  readonly seed: number
  readonly gateways: number
  /** Clients of each gateway, one request after the other. */
  readonly clients: number
  readonly requests: number
  /** Average holds that one payment is for. The operator pays again when some were refused. */
  readonly payment: number
}

export interface Asked {
  requests: number
  ahead: number
  /** Of those that were asked ahead. */
  inVain: number
  /** Of all others. */
  refused: number
}

/** Nano-units that an average request holds. */
const AVERAGE = 5_000_000
/** The operator sees that nobody is let in any more. */
const REFUSALS_SEEN = 60
/** Whoever is refused comes again a little later. */
const LATER_MS = 60
const ENGINE_MS = { least: 15, most: 150 }
const HOLD_MS = 600_000
const DECIDED = Promise.resolve()

export async function playOrganisation(play: Play): Promise<Asked> {
  const { url, factor, gateways } = play
  const names = Array.from({ length: gateways }, (_, index) => index)
  const opening = names.map(() => openPostgresStore({ url, now: Date.now, aheadFactor: factor }))
  const stores = await Promise.all(opening)
  try {
    const [first] = stores
    if (first === undefined) throw new Error('there is no gateway')
    const [organisation = ''] = await newOrganisations(first, 1, AVERAGE * play.payment)
    return await new Spending(play, stores, organisation).run()
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}

class Spending {
  readonly #play: Play
  readonly #stores: readonly PostgresStore[]
  readonly #organisation: string
  readonly #asked: Asked = { requests: 0, ahead: 0, inVain: 0, refused: 0 }
  #refusals = 0
  #payments = 0

  constructor(play: Play, stores: readonly PostgresStore[], organisation: string) {
    this.#play = play
    this.#stores = stores
    this.#organisation = organisation
  }

  async run(): Promise<Asked> {
    const { clients, seed } = this.#play
    await Promise.all(
      this.#stores.flatMap((store, gateway) =>
        Array.from({ length: clients }, (_, client) =>
          this.#client(store, `${gateway}-${client}`, seededRandom(seed * 10_000 + gateway * 100 + client)),
        ),
      ),
    )
    return this.#asked
  }

  async #client(store: PostgresStore, name: string, random: () => number): Promise<void> {
    for (let count = 0; this.#asked.requests < this.#play.requests; count += 1) {
      this.#asked.requests += 1
      // From a fifth of the average to five times.
      const amount = Math.round(AVERAGE * 0.62 * 5 ** (2 * random() - 1))
      const engineMs = ENGINE_MS.least + (ENGINE_MS.most - ENGINE_MS.least) * random() ** 3
      const share = 0.05 + 0.5 * random()
      const isLetIn = await this.#request(store, this.#holdOf(`${name}-${count}`, amount), engineMs, share)
      if (!isLetIn) await this.#refused(random)
    }
  }

  async #request(store: PostgresStore, request: HoldRequest, engineMs: number, share: number): Promise<boolean> {
    const { ledger } = store
    const ahead = ledger.holdAhead(request)
    if (ahead !== undefined) this.#asked.ahead += 1
    try {
      const hold = ahead?.hold ?? (await ledger.hold(request))
      await Promise.all([ahead?.kept ?? DECIDED, wait(engineMs)])
      const cost = Math.round(request.amount * share)
      await ledger.settle(hold, { cost, record: { ...newRecord(request), cost } })
      return true
    } catch (error) {
      if (!(error instanceof LedgerError) || error.kind !== 'insufficient') throw error
      this.#asked[ahead === undefined ? 'refused' : 'inVain'] += 1
      return false
    }
  }

  async #refused(random: () => number): Promise<void> {
    this.#refusals += 1
    if (this.#refusals >= REFUSALS_SEEN) {
      this.#refusals = 0
      this.#payments += 1
      const [store] = this.#stores
      const amount = AVERAGE * this.#play.payment
      const credit = { kind: 'recharge' as const, organisation: this.#organisation, amount, by: 'adm-1', note: '' }
      await store?.ledger.credit({ ...credit, at: Date.now(), idempotencyKey: `payment-${this.#payments}` })
    }
    await wait(LATER_MS * random())
  }

  #holdOf(name: string, amount: number): HoldRequest {
    const at = Date.now()
    const of = { organisation: this.#organisation, project: 'proj-1', key: 'ak-1', model: 'kimi-k2.5', amount, at }
    const request = `${this.#play.factor}-${this.#play.seed}-${name}`
    return { request, ...of, projectBudget: undefined, keyBudget: undefined, deadline: at + HOLD_MS }
  }
}
