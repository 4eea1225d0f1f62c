import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Clock } from '@moonbase/core/generation'
import type { Replica } from '@moonbase/core/routing'
import { eventually } from '../../../../test/support/eventually.ts'
import { sleepingClock } from '../../../../test/support/scripted-engines.ts'
import { tinyCounter } from '../../../../test/support/tiny-counter.ts'
import { StartError } from '../configuration/index.ts'
import { load } from '../configuration/testing/in-memory-load.ts'
import { EngineRegistry, type EngineRegistryParts } from './engine-registry.ts'

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
  const parts: EngineRegistryParts = {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the registry calls its log in one way only
    log: { info: say('info'), warn: say('warn'), error: say('error') } as unknown as EngineRegistryParts['log'],
    engines: { clock, counter: tinyCounter(), secrets: [], onRepair: () => () => undefined },
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

const replicasOf = (registry: EngineRegistry): readonly Replica[] =>
  registry.models.find('kimi-k2.5').targets[0]?.replicas ?? []
const namesOf = (registry: EngineRegistry): string[] => replicasOf(registry).map(({ engine }) => engine.name)

describe('the registry', () => {
  it('keeps the replicas that stay, each with its name, and gives new ones names that nobody has', async () => {
    const registry = await EngineRegistry.open(await upstreams(at(1)), situation().parts)
    assert.deepEqual(namesOf(registry), ['cluster'])
    const [only] = replicasOf(registry)
    await registry.apply(await upstreams(at(1, 2)))
    assert.deepEqual(namesOf(registry), ['cluster', 'cluster/2'])
    assert.equal(replicasOf(registry)[0], only)
    const [, second] = replicasOf(registry)
    await registry.apply(await upstreams(at(2, 3, 4)))
    assert.deepEqual(namesOf(registry), ['cluster/2', 'cluster/3', 'cluster/4'])
    assert.equal(replicasOf(registry)[0], second)
    await registry.apply(await upstreams(at(2, 5)))
    assert.deepEqual(namesOf(registry), ['cluster/2', 'cluster/1'])
    await registry.close()
  })

  it('has requests under way see who came, so that they can go on there', async () => {
    const registry = await EngineRegistry.open(await upstreams(at(1)), situation().parts)
    const route = registry.models.find('kimi-k2.5')
    await registry.apply(await upstreams(at(2)))
    assert.equal(route.targets[0]?.replicas[0], replicasOf(registry)[0])
    // Another engine in its place.
    await registry.apply(await load({ files: 'engines: { offline: { type: offline } }' }))
    assert.deepEqual(route.targets, registry.models.find('kimi-k2.5').targets)
    await registry.close()
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
    const registry = await EngineRegistry.open(await hosted(', stand_in: kimi-k2.6'), situation().parts)
    const route = registry.models.find('kimi-k2.5')
    const [before] = route.targets
    await registry.apply(await hosted(''))
    assert.equal(route.targets[0], before)
    assert.notEqual(registry.models.find('kimi-k2.5').targets[0], before)
    await registry.close()
  })

  it('changes what is judged by, and nothing that was seen', async () => {
    const policy = (more: string) => upstreams(at(1), `routing: { health_every_ms: 0, ${more} }`)
    const registry = await EngineRegistry.open(await policy('attempts: 2'), situation().parts)
    const [replica] = replicasOf(registry)
    assert.ok(replica)
    replica.leave('failure', replica.enter(), 1)
    const lines = await registry.apply(await policy('attempts: 3, breaker: { failures: 2 }'))
    assert.deepEqual(lines, ['routing: changed, for new requests'])
    assert.equal(registry.models.find('kimi-k2.5').policy.attempts, 3)
    assert.equal(replicasOf(registry)[0], replica)
    assert.equal(replica.breaker.state, 'closed')
    replica.leave('failure', replica.enter(), 2)
    assert.equal(replica.breaker.state, 'open')
    await registry.close()
  })

  it('opens an engine anew when a file that it reads has another content', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moonbase-registry-'))
    const path = join(folder, 'scenarios.yaml')
    const scenario = (reply: string): void =>
      writeFileSync(path, `version: 1\nscenarios:\n  - { name: hello, match: {}, reply: { text: ${reply} } }\n`)
    const offline = () => load({ files: `engines: { offline: { type: offline, scenarios: [${path}] } }` })
    try {
      scenario('one')
      const registry = await EngineRegistry.open(await offline(), situation().parts)
      const [first] = replicasOf(registry)
      assert.deepEqual(await registry.apply(await offline()), [])
      assert.equal(replicasOf(registry)[0], first)
      scenario('another')
      assert.deepEqual(await registry.apply(await offline()), ['engine offline: opened anew'])
      assert.notEqual(replicasOf(registry)[0], first)
      const [second] = replicasOf(registry)
      writeFileSync(path, 'scenarios: [')
      await assert.rejects(async () => registry.apply(await offline()), StartError)
      assert.equal(replicasOf(registry)[0], second)
      await registry.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('tells the log who has become ill and who is gone, and does not look after a script', async () => {
    const { parts, lines } = situation(sleepingClock())
    const registry = await EngineRegistry.open(await upstreams(at(1), 'routing: { health_every_ms: 1000 }'), parts)
    const [replica] = replicasOf(registry)
    assert.ok(replica)
    await eventually(
      () => replica.healthy,
      (healthy) => !healthy,
    )
    assert.deepEqual(
      lines.map(({ level, engine, said }) => [level, engine, said]),
      [['warn', 'cluster', 'a replica is ill']],
    )
    await registry.apply(await upstreams(at(1)))
    assert.ok(replica.healthy, 'nobody looks any more')
    await registry.apply(await load({ files: 'engines: { offline: { type: offline } }' }))
    await eventually(
      () => lines,
      ({ length }) => length >= 2,
    )
    assert.deepEqual([lines[1]?.level, lines[1]?.said], ['info', 'a replica that is gone is closed'])
    await registry.close()
    assert.equal(lines.length, 2)
  })

  it('tells the log how many answers it ended at the limit', async () => {
    const { parts, lines } = situation(sleepingClock())
    const registry = await EngineRegistry.open(await upstreams(at(1)), parts)
    const [replica] = replicasOf(registry)
    replica?.enter()
    const changed = await registry.apply(await upstreams(at(2)))
    assert.match(changed[1] ?? '', /is gone, when its running answer has ended$/)
    await eventually(
      () => lines,
      ({ length }) => length >= 2,
    )
    assert.match(lines[0]?.said ?? '', /took too long/)
    assert.equal(lines[0]?.running, 1)
    await registry.close()
  })

  it('closes what drains without waiting when the server stops, and changes nothing afterwards', async () => {
    const { parts, lines } = situation()
    const registry = await EngineRegistry.open(await upstreams(at(1)), parts)
    replicasOf(registry)[0]?.enter()
    await registry.apply(await upstreams(at(2)))
    const [last] = replicasOf(registry)
    await registry.close()
    assert.deepEqual(
      lines.map(({ said }) => said),
      ['a replica that is gone is closed'],
    )
    await assert.rejects(async () => registry.apply(await upstreams(at(3))), { message: 'the server is stopping' })
    assert.equal(replicasOf(registry)[0], last)
  })
})
