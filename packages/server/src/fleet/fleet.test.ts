import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@moonbase/core/generation'
import type { Replica } from '@moonbase/core/routing'
import { sleepingClock } from '../../../../test/support/scripted-engines.ts'
import { tinyCounter } from '../../../../test/support/tiny-counter.ts'
import { StartError } from '../configuration/index.ts'
import { load } from '../configuration/in-memory-load.ts'
import { RepairMetrics } from '../telemetry/metrics-repairs.ts'
import { Fleet, type FleetParts } from './fleet.ts'

/** Sleeps until the signal fires. */
const patientClock: Clock = {
  now: () => 0,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => {
      const end = (): void => reject(signal.reason)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    }),
}

function situation(clock: Clock = patientClock) {
  const lines: { level: string; engine?: string; said: string; running?: number }[] = []
  const say =
    (level: string) =>
    (about: object, said: string): void =>
      void lines.push({ level, ...about, said })
  const parts: FleetParts = {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fleet calls its log in one way only
    log: { info: say('info'), warn: say('warn'), error: say('error') } as unknown as FleetParts['log'],
    engines: { clock, counter: tinyCounter(), secrets: [], repairs: new RepairMetrics() },
    clock,
    random: () => 0.5,
    drainMs: 1000,
  }
  return { parts, lines }
}

/** Nobody listens at these ports, and nobody is asked. */
const at = (...ports: number[]): string => ports.map((port) => `http://127.0.0.1:${port}/v1`).join(', ')

const upstreams = (urls: string, more = 'routing: { health_every_ms: 0 }') =>
  load({ files: `engines:\n  cluster: { type: openai-compatible, flavour: vllm, urls: [${urls}] }\n${more}\n` })

const replicasOf = (fleet: Fleet): readonly Replica[] => fleet.models.find('kimi-k2.5').targets[0]?.replicas ?? []
const namesOf = (fleet: Fleet): string[] => replicasOf(fleet).map(({ engine }) => engine.name)

describe('the fleet', () => {
  it('keeps the replicas that stay, each with its name, and gives new ones names that nobody has', async () => {
    const fleet = await Fleet.open(await upstreams(at(1)), situation().parts)
    assert.deepEqual(namesOf(fleet), ['cluster'])
    const [only] = replicasOf(fleet)
    await fleet.apply(await upstreams(at(1, 2)))
    assert.deepEqual(namesOf(fleet), ['cluster', 'cluster/2'])
    assert.equal(replicasOf(fleet)[0], only)
    const [, second] = replicasOf(fleet)
    await fleet.apply(await upstreams(at(2, 3, 4)))
    assert.deepEqual(namesOf(fleet), ['cluster/2', 'cluster/3', 'cluster/4'])
    assert.equal(replicasOf(fleet)[0], second)
    await fleet.apply(await upstreams(at(2, 5)))
    assert.deepEqual(namesOf(fleet), ['cluster/2', 'cluster/1'])
    await fleet.close()
  })

  it('has requests under way see who came, so that they can go on there', async () => {
    const fleet = await Fleet.open(await upstreams(at(1)), situation().parts)
    const route = fleet.models.find('kimi-k2.5')
    await fleet.apply(await upstreams(at(2)))
    assert.equal(route.targets[0]?.replicas[0], replicasOf(fleet)[0])
    // Another engine in its place.
    await fleet.apply(await load({ files: 'engines: { offline: { type: offline } }' }))
    assert.deepEqual(route.targets, fleet.models.find('kimi-k2.5').targets)
    await fleet.close()
  })

  it('keeps from requests under way who answers as another model', async () => {
    const hosted = (model: string) =>
      load({
        files: `engines:
  hosted: { type: openai-compatible, flavour: moonshot, url: ${at(1)} }
models:
  kimi-k2.5: { engines: [hosted]${model} }
routing: { health_every_ms: 0 }
`,
      })
    const fleet = await Fleet.open(await hosted(', stand_in: kimi-k2.6'), situation().parts)
    const route = fleet.models.find('kimi-k2.5')
    const [before] = route.targets
    await fleet.apply(await hosted(''))
    assert.equal(route.targets[0], before)
    assert.notEqual(fleet.models.find('kimi-k2.5').targets[0], before)
    await fleet.close()
  })

  it('changes what is judged by, and nothing that was seen', async () => {
    const policy = (more: string) => upstreams(at(1), `routing: { health_every_ms: 0, ${more} }`)
    const fleet = await Fleet.open(await policy('attempts: 2'), situation().parts)
    const [replica] = replicasOf(fleet)
    assert.ok(replica)
    replica.leave('failure', replica.enter(), 1)
    const lines = await fleet.apply(await policy('attempts: 3, breaker: { failures: 2 }'))
    assert.deepEqual(lines, ['routing: changed, for new requests'])
    assert.equal(fleet.models.find('kimi-k2.5').policy.attempts, 3)
    assert.equal(replicasOf(fleet)[0], replica)
    assert.equal(replica.breaker.state, 'closed')
    replica.leave('failure', replica.enter(), 2)
    assert.equal(replica.breaker.state, 'open')
    await fleet.close()
  })

  it('opens an engine anew when a file that it reads has another content', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moonbase-fleet-'))
    const path = join(folder, 'scenarios.yaml')
    const scenario = (reply: string): void =>
      writeFileSync(path, `version: 1\nscenarios:\n  - { name: hello, match: {}, reply: { text: ${reply} } }\n`)
    const offline = () => load({ files: `engines: { offline: { type: offline, scenarios: [${path}] } }` })
    try {
      scenario('one')
      const fleet = await Fleet.open(await offline(), situation().parts)
      const [first] = replicasOf(fleet)
      assert.deepEqual(await fleet.apply(await offline()), [])
      assert.equal(replicasOf(fleet)[0], first)
      scenario('another')
      assert.deepEqual(await fleet.apply(await offline()), ['engine offline: opened anew'])
      assert.notEqual(replicasOf(fleet)[0], first)
      const [second] = replicasOf(fleet)
      writeFileSync(path, 'scenarios: [')
      await assert.rejects(async () => fleet.apply(await offline()), StartError)
      assert.equal(replicasOf(fleet)[0], second)
      await fleet.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('tells the log who has become ill and who is gone, and does not look after a script', async () => {
    const { parts, lines } = situation(sleepingClock())
    const fleet = await Fleet.open(await upstreams(at(1), 'routing: { health_every_ms: 1000 }'), parts)
    const [replica] = replicasOf(fleet)
    assert.ok(replica)
    while (replica.healthy) await setImmediate()
    assert.deepEqual(
      lines.map(({ level, engine, said }) => [level, engine, said]),
      [['warn', 'cluster', 'a replica is ill']],
    )
    await fleet.apply(await upstreams(at(1)))
    assert.ok(replica.healthy, 'nobody looks any more')
    await fleet.apply(await load({ files: 'engines: { offline: { type: offline } }' }))
    while (lines.length < 2) await setImmediate()
    assert.deepEqual([lines[1]?.level, lines[1]?.said], ['info', 'a replica that is gone is closed'])
    await fleet.close()
    assert.equal(lines.length, 2)
  })

  it('tells the log how many answers it ended at the limit', async () => {
    const { parts, lines } = situation(sleepingClock())
    const fleet = await Fleet.open(await upstreams(at(1)), parts)
    const [replica] = replicasOf(fleet)
    replica?.enter()
    const changed = await fleet.apply(await upstreams(at(2)))
    assert.match(changed[1] ?? '', /is gone, when its running answer has ended$/)
    while (lines.length < 2) await setImmediate()
    assert.match(lines[0]?.said ?? '', /took too long/)
    assert.equal(lines[0]?.running, 1)
    await fleet.close()
  })

  it('closes what drains without waiting when the server stops, and changes nothing afterwards', async () => {
    const { parts, lines } = situation()
    const fleet = await Fleet.open(await upstreams(at(1)), parts)
    replicasOf(fleet)[0]?.enter()
    await fleet.apply(await upstreams(at(2)))
    const [last] = replicasOf(fleet)
    await fleet.close()
    assert.deepEqual(
      lines.map(({ said }) => said),
      ['a replica that is gone is closed'],
    )
    await assert.rejects(async () => fleet.apply(await upstreams(at(3))), { message: 'the server is stopping' })
    assert.equal(replicasOf(fleet)[0], last)
  })
})
