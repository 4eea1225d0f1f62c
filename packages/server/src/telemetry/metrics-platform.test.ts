import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { ModelTable } from '@moonbase/core/routing'
import { LedgerError } from '../ledger/ledger.ts'
import { routesOf } from './testing/metrics-fixtures.ts'
import { type PlatformFigures, PlatformMetrics } from './metrics-platform.ts'
import { RepairMetrics } from './metrics-repairs.ts'
import { ReplicaMetrics } from './metrics-replicas.ts'
import { RequestMetrics } from './metrics-requests.ts'
import { RunMetrics } from './metrics-runs.ts'
import type { MetricFamily } from './metrics-series.ts'

const NOTHING: PlatformFigures = {
  limiter: () => undefined,
  waiting: () => 0,
  store: () => undefined,
  unsettled: () => 0,
  guesses: () => undefined,
  tracing: () => undefined,
  shares: () => undefined,
}

function linesOf(family: MetricFamily): string[] {
  const lines: string[] = []
  family.write(lines)
  return lines
}

/** Without buckets, and without what is 0. */
const told = (family: MetricFamily): string[] =>
  linesOf(family).filter((line) => !line.startsWith('#') && !line.includes('_bucket') && !line.endsWith(' 0'))

describe('PlatformMetrics', () => {
  it('can be read before what it tells of is there', () => {
    assert.deepEqual(told(new PlatformMetrics(NOTHING)), [])
  })

  it('tells what the parts count, as it is when it is read', () => {
    let commits = 1
    const contents = { kept: 21, dropped: 22, deleted: 23, failures: 24, waitingBytes: 25 }
    const metrics = new PlatformMetrics({
      limiter: () => ({ running: 3, degraded: true, failures: 2 }),
      waiting: () => 4,
      store: () => ({ commits, rows: 20, openHolds: 5, droppedNotes: 6, failures: 7, contents }),
      unsettled: () => 8,
      guesses: () => ({ wrong: 9, waiting: 10 }),
      tracing: () => ({ sentSpans: 11, droppedSpans: 12, failures: 13 }),
      shares: () => ({ bodyBytes: 31, connections: 32, overload: 'heap', refused: { heap: 33, delay: 34 } }),
    })
    linesOf(metrics)
    commits = 2
    assert.deepEqual(told(metrics), [
      'moonbase_admission_waiting 4',
      'moonbase_admission_running 3',
      'moonbase_limits_degraded 1',
      'moonbase_limits_failures_total 2',
      'moonbase_store_commits_total 2',
      'moonbase_store_rows_total 20',
      'moonbase_store_failures_total 7',
      'moonbase_request_log_dropped_total 6',
      'moonbase_contents_total{outcome="kept"} 21',
      'moonbase_contents_total{outcome="dropped"} 22',
      'moonbase_contents_total{outcome="deleted"} 23',
      'moonbase_contents_failures_total 24',
      'moonbase_contents_waiting_bytes 25',
      'moonbase_ledger_open_holds 5',
      'moonbase_ledger_unsettled 8',
      'moonbase_body_bytes 31',
      'moonbase_connections 32',
      'moonbase_overloaded{why="heap"} 1',
      'moonbase_overload_refusals_total{why="heap"} 33',
      'moonbase_overload_refusals_total{why="delay"} 34',
      'moonbase_wrong_keys_total 9',
      'moonbase_wrong_keys_waiting 10',
      'moonbase_telemetry_spans_total{outcome="sent"} 11',
      'moonbase_telemetry_spans_total{outcome="dropped"} 12',
      'moonbase_telemetry_failures_total 13',
    ])
  })

  it('counts refusals by what was in the way, and a budget apart from the balance', () => {
    const { admission } = new PlatformMetrics(NOTHING)
    for (const code of ['concurrency_limit', 'rpm_limit', 'tpm_limit', 'tpd_limit'] as const) admission.refused(code)
    admission.refused('quota_exceeded', new LedgerError('insufficient', 'too little'))
    admission.refused('quota_exceeded', new LedgerError('key_budget', 'too little'))
    admission.refused('quota_exceeded', new LedgerError('project_budget', 'too little'))
    admission.refused('account_suspended')
    admission.refused('queue_full')
    admission.refused('limits_unavailable')
    admission.refused('ledger_unavailable', new LedgerError('unavailable', 'the disk is full'))
    admission.refused('model_not_priced')
    assert.deepEqual(
      told(admission).map((line) => line.replace(/^moonbase_admission_refusals_total/, '')),
      [
        '{kind="concurrency"} 1',
        '{kind="rpm"} 1',
        '{kind="tpm"} 1',
        '{kind="tpd"} 1',
        '{kind="balance"} 1',
        '{kind="budget"} 2',
        '{kind="suspended"} 1',
        '{kind="queue_full"} 1',
        '{kind="unavailable"} 2',
        '{kind="other"} 1',
      ],
    )
  })

  it('counts engines that were asked ahead, and in vain', () => {
    const { admission } = new PlatformMetrics(NOTHING)
    for (const outcome of ['kept', 'kept', 'refused', 'unavailable'] as const) admission.askedAhead(outcome)
    assert.deepEqual(told(admission), [
      'moonbase_admission_asked_ahead_total{outcome="kept"} 2',
      'moonbase_admission_asked_ahead_total{outcome="refused"} 1',
      'moonbase_admission_asked_ahead_total{outcome="unavailable"} 1',
    ])
  })

  it('measures how long requests stood in line', () => {
    const { admission } = new PlatformMetrics(NOTHING)
    admission.waited(1500)
    // A clock that was set back takes nothing away.
    admission.waited(-5)
    assert.deepEqual(told(admission), [
      'moonbase_admission_wait_seconds_sum 1.5',
      'moonbase_admission_wait_seconds_count 2',
    ])
  })

  it('adds up money as integers, and writes units of the currency', () => {
    const { ledger } = new PlatformMetrics(NOTHING)
    for (let count = 0; count < 3; count += 1) {
      ledger.settled({ model: 'kimi-k2.5', engine: 'cluster', cost: 100_000_000 }, 'USD')
    }
    ledger.settled({ model: 'kimi-k2.5', engine: 'cluster', cost: 1 }, 'CNY')
    ledger.settled({ model: 'not of the catalogue', engine: null, cost: 2_000_000_000 }, 'USD')
    ledger.settled({ model: 'kimi-k2.5', engine: 'hosted', cost: 0 }, 'USD')
    assert.deepEqual(told(ledger), [
      'moonbase_cost_total{model="kimi-k2.5",engine="cluster",currency="USD"} 0.3',
      'moonbase_cost_total{model="kimi-k2.5",engine="cluster",currency="CNY"} 1e-9',
      'moonbase_cost_total{model="other",engine="none",currency="USD"} 2',
    ])
  })

  it('remembers no more engines than it may', () => {
    const { ledger } = new PlatformMetrics(NOTHING)
    for (let count = 0; count < 1100; count += 1) {
      ledger.settled({ model: 'kimi-k2.5', engine: `engine-${count}`, cost: 1 }, 'USD')
    }
    assert.equal(told(ledger).length, 1025)
    assert.ok(told(ledger).includes('moonbase_cost_total{model="kimi-k2.5",engine="other",currency="USD"} 7.6e-8'))
  })
})

describe('docs/metrics.md', () => {
  it('tells of every metric of ours, and of none that is not there', async () => {
    const models = new ModelTable(routesOf({ cluster: ['cluster'] }))
    const families = [
      new RequestMetrics(),
      new RunMetrics(models),
      new RepairMetrics(),
      new ReplicaMetrics(models, () => 0),
      new PlatformMetrics(NOTHING),
    ]
    const written = families.flatMap(linesOf).flatMap((line) => /^# HELP (\S+)/.exec(line)?.[1] ?? [])
    const text = await readFile(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(moonbase_\w+)` \| (?:counter|gauge|histogram) \|/gm)].map(
      ([, name = '']) => name,
    )
    assert.deepEqual(rows.toSorted(), written.toSorted())
  })
})
