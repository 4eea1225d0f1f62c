/** For tests of several gateways on one database: stores whose patience lasts, and whose timers' works run when a test says so. */

import assert from 'node:assert/strict'
import { START, StoreBench } from '../../testing/contract-test.ts'
import type { StoreSite } from '../../testing/store-site.ts'
import {
  BEATS_IN_A_LEASE,
  type PostgresStore,
  type PostgresStoreOptions,
  SWEEP_MS,
  openPostgresStore,
} from '../open-postgres-store.ts'

/** The database's clock is nobody's to stop: leases run out when a test says so, and not by themselves. */
const LEASE_MS = 86_400_000
const BEAT_MS = LEASE_MS / BEATS_IN_A_LEASE

/** One gateway: its store, whose patience lasts, and its timers' works: time passes for both when the test says so. */
export interface Gateway {
  readonly store: PostgresStore
  readonly bench: StoreBench
  sweep(): Promise<void>
  beat(): Promise<void>
}

export async function openGateway(url: string, more: Partial<PostgresStoreOptions> = {}): Promise<Gateway> {
  const works: { readonly ms: number; readonly work: () => Promise<void> }[] = []
  const every = (ms: number, work: () => Promise<void>): (() => void) => {
    works.push({ ms, work })
    return () => undefined
  }
  const time = { now: () => START, uptime: () => 0, every, leaseMs: LEASE_MS }
  const store = await openPostgresStore({ url, connections: 4, ...time, ...more })
  const run = async (of: number): Promise<void> => {
    for (const { ms, work } of works) if (ms === of) await work()
  }
  const site: StoreSite = {
    open: () => Promise.reject(new Error('opened by the test')),
    sweep: () => run(SWEEP_MS),
    crash: () => store.abandon(),
    plant: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  }
  const bench = new StoreBench(site, { now: START }, store)
  return { store, bench, sweep: () => run(SWEEP_MS), beat: () => run(BEAT_MS) }
}

/** Ids of several gateways must not meet. */
export function named(gateway: Gateway, name: string): Gateway {
  const newId = gateway.bench.newId.bind(gateway.bench)
  gateway.bench.newId = (prefix) => newId(`${prefix ?? 'req'}-${name}`)
  return gateway
}

export async function withGateways(
  url: string,
  count: number,
  body: (gateways: [Gateway, Gateway, Gateway]) => Promise<void>,
  more: Partial<PostgresStoreOptions> = {},
): Promise<void> {
  const names = ['a', 'b', 'c'].slice(0, count)
  const opened = await Promise.all(names.map(async (name) => named(await openGateway(url, more), name)))
  try {
    const [first] = opened
    assert.ok(first !== undefined)
    await body([first, opened[1] ?? first, opened[2] ?? first])
  } finally {
    await Promise.all(opened.map(({ store }) => store.close()))
  }
}
