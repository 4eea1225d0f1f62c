/** What routing knows about each replica now, read when it is asked for. */

import type { ModelTable, Replica, Target } from '@moonbase/core/routing'
import { type GaugeRow, type MetricFamily, writeGauge } from './metrics-series.ts'

/** One at a time is 1: a state that is a number would have to be looked up, and its sum means nothing. */
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const

export class ReplicaMetrics implements MetricFamily {
  readonly #models: Served
  /** Milliseconds since the Unix epoch. */
  readonly #now: () => number

  constructor(models: Served, now: () => number) {
    this.#models = models
    this.#now = now
  }

  write(lines: string[]): void {
    const replicas = replicasOf(this.#models)
    const now = this.#now()
    const gauge = (name: string, help: string, valueOf: (replica: Replica) => number): void =>
      writeGauge(lines, `moonbase_replica_${name}`, help, rowsOf(replicas, valueOf))
    gauge('running', 'Requests that the replica is answering now.', ({ running }) => running)
    gauge('healthy', 'Whether its last health checks were good (1) or not (0).', ({ healthy }) => Number(healthy))
    gauge('draining', 'Whether it takes nobody new.', ({ draining }) => Number(draining))
    gauge('cooling', 'Whether it is left alone for a while because it was full.', (replica) =>
      Number(replica.isCooling(now)),
    )
    gauge(
      'last_token_timestamp_seconds',
      'When it last began to answer, in seconds since the Unix epoch; 0 for never.',
      ({ livedAt }) => livedAt / 1000,
    )
    writeGauge(
      lines,
      'moonbase_replica_breaker_state',
      'Which state its circuit breaker is in: 1 for that one, 0 for the others.',
      BREAKER_STATES.flatMap((state) =>
        rowsOf(replicas, ({ breaker }) => Number(breaker.state === state)).map(([labels, value]): GaugeRow => [
          { ...labels, state },
          value,
        ]),
      ),
    )
  }
}

/** The part of a `ModelTable` that tells who serves now. */
export type Served = Pick<ModelTable, 'list' | 'find'>

interface NamedReplica {
  /** The engine's name in the configuration. */
  readonly engine: string
  readonly replica: Replica
}

/** All that serve a model, each once: models share engines. */
export function replicasOf(models: Served): readonly NamedReplica[] {
  const targets = new Set<Target>()
  for (const { id } of models.list()) for (const target of models.find(id).targets) targets.add(target)
  return [...targets].flatMap(({ name, replicas }) => replicas.map((replica) => ({ engine: name, replica })))
}

function rowsOf(replicas: readonly NamedReplica[], valueOf: (replica: Replica) => number): GaugeRow[] {
  return replicas.map(({ engine, replica }) => [{ engine, replica: replica.engine.name }, valueOf(replica)])
}
