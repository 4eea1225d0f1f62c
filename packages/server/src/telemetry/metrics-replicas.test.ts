import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ModelTable } from '@moonbase/core/routing'
import { routesOf } from './testing/metrics-fixtures.ts'
import { ReplicaMetrics } from './metrics-replicas.ts'

describe('ReplicaMetrics', () => {
  it('tells of each replica once, as it is now', () => {
    const routes = routesOf({ cluster: ['cluster/1', 'cluster/2'] })
    const models = new ModelTable(routes)
    const [first, second] = routes[0]?.targets[0]?.replicas ?? []
    assert.ok(first !== undefined && second !== undefined)
    first.running = 3
    first.healthy = false
    first.livedAt = 4_500
    second.draining = true
    second.coolDown(10_000, 1, 60_000, 5_000)
    for (let count = 0; count < 5; count += 1) second.breaker.leave('failure', false, 5_000)
    const lines: string[] = []
    new ReplicaMetrics(models, () => 5_000).write(lines)
    const one = 'engine="cluster",replica="cluster/1"'
    const two = 'engine="cluster",replica="cluster/2"'
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('#')),
      [
        `moonbase_replica_running{${one}} 3`,
        `moonbase_replica_running{${two}} 0`,
        `moonbase_replica_healthy{${one}} 0`,
        `moonbase_replica_healthy{${two}} 1`,
        `moonbase_replica_draining{${one}} 0`,
        `moonbase_replica_draining{${two}} 1`,
        `moonbase_replica_cooling{${one}} 0`,
        `moonbase_replica_cooling{${two}} 1`,
        `moonbase_replica_last_token_timestamp_seconds{${one}} 4.5`,
        `moonbase_replica_last_token_timestamp_seconds{${two}} 0`,
        `moonbase_replica_breaker_state{${one},state="closed"} 1`,
        `moonbase_replica_breaker_state{${two},state="closed"} 0`,
        `moonbase_replica_breaker_state{${one},state="open"} 0`,
        `moonbase_replica_breaker_state{${two},state="open"} 1`,
        `moonbase_replica_breaker_state{${one},state="half-open"} 0`,
        `moonbase_replica_breaker_state{${two},state="half-open"} 0`,
      ],
    )
  })

  it('follows a table that is replaced', () => {
    const models = new ModelTable(routesOf({ cluster: ['cluster/1'] }))
    const metrics = new ReplicaMetrics(models, () => 0)
    models.replace([])
    const lines: string[] = []
    metrics.write(lines)
    assert.ok(lines.every((line) => line.startsWith('#')))
  })
})
