import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunFacts } from '@moonbase/core/inference'
import { ModelTable } from '@moonbase/core/routing'
import { attemptEnd, routesOf } from './testing/metrics-fixtures.ts'
import { runOf, traceOf } from './testing/run-of.ts'
import { RunMetrics } from './metrics-runs.ts'

const ENGINES = servedBy({ cluster: ['cluster/1', 'cluster/2'], hosted: ['hosted'] })

function servedBy(engines: Readonly<Record<string, readonly string[]>>): ModelTable {
  return new ModelTable(routesOf(engines))
}

const STREAM: RunFacts = runOf({
  streamed: true,
  engine: 'cluster/1',
  usage: { prompt: 100, cached: 60, completion: 11, reasoning: 4 },
  firstTokenMs: 500,
  trace: traceOf({ ends: [attemptEnd('cluster/1', 'complete')] }),
})

/** Counts one run, and gives the lines that are not zero. */
function countOf(facts: RunFacts, complete = true, ms = 1500): string[] {
  const metrics = new RunMetrics(ENGINES)
  metrics.ran(facts, complete, ms)
  return linesOf(metrics).filter((line) => !line.endsWith(' 0') && !line.startsWith('#'))
}

function linesOf(metrics: RunMetrics): string[] {
  const lines: string[] = []
  metrics.write(lines)
  return lines
}

/** Without the buckets. */
const totals = (lines: readonly string[]): string[] => lines.filter((line) => !line.includes('_bucket'))

describe('RunMetrics', () => {
  it('counts a stream with its times and its tokens, under its engine and not under its replica', () => {
    assert.deepEqual(totals(countOf(STREAM)), [
      'moonbase_time_to_first_token_seconds_sum{model="kimi-k2.5",engine="cluster"} 0.5',
      'moonbase_time_to_first_token_seconds_count{model="kimi-k2.5",engine="cluster"} 1',
      'moonbase_time_per_output_token_seconds_sum{model="kimi-k2.5",engine="cluster"} 0.1',
      'moonbase_time_per_output_token_seconds_count{model="kimi-k2.5",engine="cluster"} 1',
      'moonbase_tokens_total{model="kimi-k2.5",engine="cluster",type="prompt"} 100',
      'moonbase_tokens_total{model="kimi-k2.5",engine="cluster",type="cached"} 60',
      'moonbase_tokens_total{model="kimi-k2.5",engine="cluster",type="completion"} 11',
      'moonbase_tokens_total{model="kimi-k2.5",engine="cluster",type="reasoning"} 4',
      'moonbase_engine_attempts_total{engine="cluster",replica="cluster/1",outcome="complete"} 1',
    ])
  })

  it('gives replicas of one engine one series', () => {
    const metrics = new RunMetrics(ENGINES)
    for (const engine of ['cluster/1', 'cluster/2']) {
      metrics.ran({ ...STREAM, engine }, true, 1500)
    }
    const prompt = linesOf(metrics).filter((line) => line.includes('type="prompt"'))
    assert.deepEqual(prompt, ['moonbase_tokens_total{model="kimi-k2.5",engine="cluster",type="prompt"} 200'])
  })

  it('takes no speed from a stream that was not complete', () => {
    const lines = countOf(STREAM, false)
    assert.ok(lines.some((line) => line.startsWith('moonbase_time_to_first_token')))
    assert.ok(!lines.some((line) => line.startsWith('moonbase_time_per_output_token')))
  })

  it('counts no tokens where nobody answered', () => {
    const { engine: _, firstTokenMs: __, ...unanswered } = STREAM
    const lines = countOf(unanswered, false)
    assert.ok(!lines.some((line) => line.startsWith('moonbase_tokens')))
  })

  it('tells retries from seams and hedges', () => {
    const seam = { from: 'cluster/1', to: 'hosted', reason: 'cut', at: 0 } as const
    const ends = [
      attemptEnd('cluster/1', 'outpaced'),
      attemptEnd('cluster/2', 'cut'),
      attemptEnd('hosted', 'overloaded'),
      attemptEnd('hosted', 'complete'),
    ]
    const lines = countOf({ ...STREAM, trace: traceOf({ attempts: 4, hedges: 1, seams: [seam], ends }) })
    assert.deepEqual(
      lines.filter((line) => /retries|hedges|seams|attempts/.test(line)),
      [
        'moonbase_engine_attempts_total{engine="cluster",replica="cluster/1",outcome="outpaced"} 1',
        'moonbase_engine_attempts_total{engine="cluster",replica="cluster/2",outcome="cut"} 1',
        'moonbase_engine_attempts_total{engine="hosted",replica="hosted",outcome="complete"} 1',
        'moonbase_engine_attempts_total{engine="hosted",replica="hosted",outcome="overloaded"} 1',
        'moonbase_retries_total{model="kimi-k2.5"} 1',
        'moonbase_hedges_total{model="kimi-k2.5"} 1',
        'moonbase_seams_total{from="cluster",to="hosted",reason="cut"} 1',
      ],
    )
  })

  it('is not led astray by a clock that was set back', () => {
    const lines = countOf({ ...STREAM, firstTokenMs: -5 }, true, -1500)
    assert.ok(!lines.some((line) => /_sum\{.*-/.test(line)))
  })

  it('has every outcome of every replica from the start, so that its first rise is seen', () => {
    const lines = linesOf(new RunMetrics(ENGINES)).filter((line) => line.startsWith('moonbase_engine_attempts_total{'))
    assert.equal(lines.length, 3 * 13)
    assert.ok(lines.every((line) => line.endsWith(' 0')))
  })

  it('learns who serves after a change, and keeps what it has counted', () => {
    const models = servedBy({ cluster: ['cluster/1'] })
    const metrics = new RunMetrics(models)
    metrics.ran(STREAM, true, 1500)
    models.replace(routesOf({ hosted: ['hosted'] }))
    metrics.ran(
      { ...STREAM, engine: 'hosted', trace: traceOf({ ends: [attemptEnd('hosted', 'complete')] }) },
      true,
      1500,
    )
    const lines = linesOf(metrics)
    for (const name of ['cluster",replica="cluster/1', 'hosted",replica="hosted']) {
      assert.ok(lines.includes(`moonbase_engine_attempts_total{engine="${name}",outcome="complete"} 1`), name)
    }
    assert.ok(lines.includes('moonbase_tokens_total{model="kimi-k2.5",engine="hosted",type="prompt"} 100'))
  })

  it('grows no further, and shows nothing, whatever names come', () => {
    const metrics = new RunMetrics(ENGINES)
    const hostile = (count: number): void => {
      const name = `evil-${count}`
      // The compiler knows better; a mistake elsewhere might not.
      const reason = name as 'cut'
      const seams = [{ from: name, to: name, reason, at: 0 }]
      const ends = [attemptEnd(name, reason)]
      metrics.ran({ ...STREAM, model: name, engine: name, trace: traceOf({ attempts: 3, seams, ends }) }, true, 1)
    }
    hostile(0)
    const first = linesOf(metrics).length
    for (let count = 1; count < 1000; count += 1) hostile(count)
    const last = linesOf(metrics)
    assert.equal(last.length, first)
    assert.ok(!last.some((line) => line.includes('evil')))
    assert.ok(last.includes('moonbase_seams_total{from="other",to="other",reason="other"} 1000'))
  })
})
