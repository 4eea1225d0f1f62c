import { after } from 'node:test'
import { WITHOUT_POSTGRES, type PostgresServer, startPostgres } from '../../../../../test/support/postgres.ts'
import { test } from 'node:test'
import type { PlantedFault, StoreSite } from '../testing/store-site.ts'
import { storeContract } from '../testing/store-contract.ts'
import { openPlaces } from './testing/empty-places.ts'
import { type PostgresStore, PURGE_MS, SWEEP_MS, openPostgresStore } from './open-postgres-store.ts'

class PostgresSite implements StoreSite {
  readonly #server: PostgresServer
  readonly #url: string
  readonly #now: () => number
  #store: PostgresStore | undefined
  #sweeps: (() => Promise<void>)[] = []

  constructor(server: PostgresServer, url: string, now: () => number) {
    this.#server = server
    this.#url = url
    this.#now = now
  }

  async open(): Promise<PostgresStore> {
    this.#sweeps = []
    const every = (ms: number, work: () => Promise<void>): (() => void) => {
      if (ms === SWEEP_MS || ms === PURGE_MS) this.#sweeps.push(work)
      return () => undefined
    }
    // Patience lasts: how slow the machine is, is nobody's behaviour.
    const time = { now: this.#now, uptime: () => 0, every }
    this.#store = await openPostgresStore({ url: this.#url, connections: 3, ...time })
    return this.#store
  }

  async sweep(): Promise<void> {
    for (const work of this.#sweeps) await work()
  }

  /** What the database was told before is done to its end, as after the crash of a process; then the lease runs out. */
  async crash(): Promise<void> {
    await this.#store?.abandon()
    await this.#server.deserted(this.#url)
    await this.#server.ask(this.#url, `UPDATE gateways SET lease_until = '-infinity'`)
  }

  async plant(fault: PlantedFault): Promise<void> {
    const sql = `ALTER TABLE transfers DISABLE TRIGGER USER; ${falsify(fault)}; ALTER TABLE transfers ENABLE TRIGGER USER`
    await this.#server.ask(this.#url, sql)
  }

  async remove(): Promise<void> {
    return Promise.resolve()
  }
}

function falsify(fault: PlantedFault): string {
  switch (fault.kind) {
    case 'tampered-transfer':
      return `UPDATE transfers SET cash = cash + 1 WHERE id = ${fault.transfer}`
    case 'missing-end':
      return `DELETE FROM transfers WHERE hold = (SELECT id FROM transfers WHERE request = '${fault.request}')`
    case 'wrong-balance':
      return `UPDATE wallets SET cash = cash + 1 WHERE organisation = '${fault.organisation}'`
    case 'wrong-usage':
      return `UPDATE usage SET cost = cost + 1 WHERE organisation = '${fault.organisation}'`
  }
}

if (WITHOUT_POSTGRES === false) {
  const server = await startPostgres({ waitsForDisk: false })
  after(() => server[Symbol.asyncDispose]())
  const places = await openPlaces(server)
  storeContract('postgres', async (now) => new PostgresSite(server, await places.empty(), now))
} else {
  void test('store contract: postgres', { skip: WITHOUT_POSTGRES }, () => undefined)
}
