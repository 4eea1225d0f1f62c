import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { newRecord } from '../../records/request-record.ts'
import { REQUEST_COLUMNS } from '../request-columns.ts'
import { START, StoreBench } from '../testing/contract-test.ts'
import { write } from '../testing/documents-contract.ts'
import { migrate } from './migrations.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

/** The last that was made before requests had an API, a parent, a class, fees, labels, a run and a timeline. */
const BEFORE_KEEPING = 2

/** As a program of that time left it: one request that ended, one that was refused, one that runs, of which 30 are owed. */
function oldDatabase(path: string): void {
  const database = new DatabaseSync(path)
  migrate(database, BEFORE_KEEPING)
  const progress = JSON.stringify({
    request: 'r3',
    at: START,
    organisation: 'org-a',
    project: 'proj-1',
    key: 'ak-1',
    model: 'kimi-k2.5',
    engine: 'cluster',
    servedModel: 'kimi-k2.5',
    streamed: true,
    status: 200,
    error: null,
    prompt: 7,
    cached: 0,
    completion: 3,
    reasoning: 0,
    cost: 30,
    firstTokenMs: 5,
    totalMs: 6,
    attempts: 1,
    seams: 0,
  })
  database.exec(`
    INSERT INTO organisations VALUES ('org-a', 'a', 'USD', 'active', NULL, 0);
    INSERT INTO names VALUES (1, 'org-a'), (2, 'proj-1'), (3, 'ak-1'), (4, 'kimi-k2.5'), (5, 'cluster');
    INSERT INTO wallets VALUES (1, 'USD', 890, 0, 100, 1000, 4);
    INSERT INTO transfers (id, kind, organisation, previous, at, cash, voucher) VALUES (1, 4, 1, NULL, ${START}, 1000, 0);
    INSERT INTO credits VALUES (1, 1, 'k', 'adm-1', '');
    INSERT INTO transfers (id, kind, organisation, previous, request, project, key, model, deadline, at, cash, voucher)
    VALUES (2, 1, 1, 1, 'r1', 2, 3, 4, ${START + 1_000}, ${START}, 50, 0), (4, 1, 1, 3, 'r3', 2, 3, 4, ${START + 1_000}, ${START}, 100, 0);
    INSERT INTO transfers (id, kind, organisation, previous, hold, at, cash, voucher) VALUES (3, 2, 1, 2, 2, ${START}, 10, 0);
    UPDATE platform SET amount = 10 WHERE account = 'revenue' AND currency = 'USD';
    UPDATE platform SET amount = -1000 WHERE account = 'funding' AND currency = 'USD';
    INSERT INTO spending VALUES (2, 202603, 10), (3, 202603, 10);
    INSERT INTO progress VALUES (4, 30, '${progress}');
    INSERT INTO requests VALUES (3, 2, 'r1', ${START}, 1, 2, 3, 4, 5, 4, 1, 200, NULL, 100, 60, 50, 20, 10, 120, 900, 1, 0);
    INSERT INTO requests VALUES (5, NULL, 'r2', ${START}, 1, 2, 3, 4, 0, 0, 0, 429, 'rpm_limit', 0, 0, 0, 0, 0, NULL, 1, 0, 0);
    INSERT INTO usage VALUES (${Math.floor(START / 3_600_000)}, 1, 2, 3, 4, 5, 1, 0, 100, 60, 50, 20, 10),
      (${Math.floor(START / 3_600_000)}, 1, 2, 3, 4, 0, 1, 1, 0, 0, 0, 0, 0);
    UPDATE state SET next_id = 6, first_open = 4`)
  database.close()
}

test('a database of an older program goes on: its rows get what they lack, and its open hold is ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-store-'))
  const path = join(folder, 'moonbase.db')
  oldDatabase(path)
  const store = await openSqliteStore({ path, now: () => START, every: () => () => undefined })
  try {
    assert.deepEqual(store.recovered, { settled: 1, released: 0 })
    const found = await store.usage.requests({ filter: {}, from: 0, to: START + 1, limit: 9 })
    const origin = { at: START, organisation: 'org-a', project: 'proj-1', key: 'ak-1', model: 'kimi-k2.5' }
    const answered = { engine: 'cluster', servedModel: 'kimi-k2.5', streamed: true, attempts: 1 }
    assert.deepEqual(found, [
      {
        ...newRecord({ ...origin, request: 'r3' }),
        ...answered,
        error: 'server_restarted',
        prompt: 7,
        completion: 3,
        cost: 30,
        firstTokenMs: 5,
        totalMs: 6,
      },
      { ...newRecord({ ...origin, request: 'r2' }), status: 429, error: 'rpm_limit', totalMs: 1 },
      {
        ...newRecord({ ...origin, request: 'r1' }),
        ...answered,
        prompt: 100,
        cached: 60,
        completion: 50,
        reasoning: 20,
        cost: 10,
        firstTokenMs: 120,
        totalMs: 900,
      },
    ])
    const nothing = (): Promise<void> => Promise.resolve()
    const site = { open: async () => store, sweep: nothing, crash: nothing, plant: nothing, remove: nothing }
    const bench = new StoreBench(site, { now: START }, store)
    await bench.assertClean()
    await bench.spend('org-a', 5, { request: 'r4', api: 'anthropic', run: 'run-1', labels: { step: 'one' }, fees: 2 })
    assert.equal(await store.documents.put([write('a')]), 'kept')
    await bench.assertBalance('org-a', { cash: 1_000 - 10 - 30 - 5, held: 0 })
    await bench.assertClean()
    const people = new DatabaseSync(path)
    const [last] = people.prepare('SELECT * FROM request_log ORDER BY id DESC').all()
    assert.deepEqual(
      [last?.['api'], last?.['run'], last?.['labels'], last?.['fees']],
      ['anthropic', 'run-1', '{"step":"one"}', 2],
    )
    assert.deepEqual(
      Object.keys(last ?? {}).slice(1),
      REQUEST_COLUMNS.map(({ name }) => name),
    )
    people.close()
  } finally {
    await store.close()
    rmSync(folder, { recursive: true })
  }
})
