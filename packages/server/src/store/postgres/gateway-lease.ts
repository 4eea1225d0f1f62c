/** This gateway among those that share the database: it says by its lease that it lives, by the database's time. */

import type { Database } from './database.ts'

/** Gateways that were gone this long have no holds any more, and their rows no reader. */
const FORGET = '1 day'

export class GatewayLease {
  readonly gateway: number
  /**
   * It has been there without a break for as long as a lease: only then does it take others for gone. When the network was
   * away from all of them, the first one that is back must not end what the others are busy with.
   */
  isSteady = false
  readonly #database: Database
  readonly #leaseMs: number

  private constructor(database: Database, gateway: number, leaseMs: number) {
    this.#database = database
    this.gateway = gateway
    this.#leaseMs = leaseMs
  }

  static async take(database: Database, leaseMs: number): Promise<GatewayLease> {
    const [row] = await database.ask((sql) => sql<{ id: number }[]>`SELECT nextval('gateway_ids') AS id`)
    if (row === undefined) throw new Error('the database gave no number to this gateway')
    const lease = new GatewayLease(database, row.id, leaseMs)
    await lease.renew()
    return lease
  }

  async renew(): Promise<void> {
    try {
      this.isSteady = await this.#renew()
    } catch (error) {
      this.isSteady = false
      throw error
    }
  }

  async #renew(): Promise<boolean> {
    const [row] = await this.#database.ask(
      (sql) => sql<{ steady: boolean }[]>`
        INSERT INTO gateways AS g (id, lease_until)
        VALUES (${this.gateway}, clock_timestamp() + ${this.#leaseMs} * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until,
          since = CASE WHEN g.lease_until < clock_timestamp() THEN clock_timestamp() ELSE g.since END
        RETURNING since + ${this.#leaseMs} * interval '1 millisecond' < clock_timestamp() AS steady`,
    )
    return row?.steady === true
  }

  /** Says that it goes: what it has left open is ended by whoever looks next. */
  async end(): Promise<void> {
    await this.#database.ask((sql) => sql`UPDATE gateways SET lease_until = '-infinity' WHERE id = ${this.gateway}`)
  }

  async forgetOld(): Promise<void> {
    await this.#database.ask(
      (sql) => sql`
        DELETE FROM gateways g WHERE g.lease_until < now() - ${FORGET}::interval
          AND NOT EXISTS (SELECT FROM open_holds h WHERE h.gateway = g.id)`,
    )
    await this.#database.ask((sql) => sql`DELETE FROM abandoned_holds WHERE at < now() - ${FORGET}::interval`)
  }
}
