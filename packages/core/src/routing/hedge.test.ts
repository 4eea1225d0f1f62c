import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectEvents, onlyChoice } from '../../../../test/support/collect-events.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import { type Script, routeTo, routed, scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError, type EngineErrorKind, type GenerationEvent } from '../generation/index.ts'

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const said = (text: string): Script => ({
  events: [start, { type: 'text', choice: 0, text }, { type: 'finish', choice: 0, reason: 'stop' }],
})
const failure = new EngineError('unavailable', 'was down', { engine: 'e' })
const policy = { hedgeAfterMs: 500, budget: { share: 0, reserve: 100 } }

/** Time as the clock of the tests has it: `turns` sleeps of somebody. */
const slow = (script: Script, turns: number): Script => ({
  ...script,
  async wait(signal) {
    for (let turn = 0; turn < turns && !signal.aborted; turn += 1) await new Promise(setImmediate)
    if (signal.aborted) throw signal.reason
  },
})

describe('a hedge', () => {
  it('asks somebody else when the first token is late, and the first token wins', async () => {
    const first = scriptedEngine('a', [{ silent: true }])
    const { events, trace, route } = routed([first, scriptedEngine('b', [said('b')])], sampleRequest(), { policy })
    assert.equal(onlyChoice(await collectEvents(events)).text, 'b')
    assert.equal(trace.engine?.name, 'b')
    assert.equal(trace.attempts, 2)
    assert.deepEqual(trace.seams, [])
    assert.equal(first.stopped, 1)
    const replica = route.targets[0]?.replicas[0]
    assert.equal(replica?.running, 0)
    for (let lost = 0; lost < 20; lost += 1) await collectEvents(routed([], sampleRequest(), { route }).events)
    assert.equal(replica?.breaker.state, 'closed', 'a lost hedge is no failure')
  })

  it('stops the second when the first comes after all', async () => {
    const second = scriptedEngine('b', [{ silent: true }])
    const engines = [scriptedEngine('a', [slow(said('a'), 20)]), second]
    const { events } = routed(engines, sampleRequest(), { policy })
    assert.equal(onlyChoice(await collectEvents(events)).text, 'a')
    assert.equal(second.asked.length, 1)
    assert.equal(second.stopped, 1)
  })

  it('is not asked for what comes in time, and never asks the same one twice', async () => {
    const second = scriptedEngine('b', [said('b')])
    await collectEvents(routed([scriptedEngine('a', [said('a')]), second], sampleRequest(), { policy }).events)
    assert.equal(second.asked.length, 0)
    const alone = scriptedEngine('a', [slow(said('a'), 20)])
    assert.equal(onlyChoice(await collectEvents(routed([alone], sampleRequest(), { policy }).events)).text, 'a')
    assert.equal(alone.asked.length, 1)
  })

  it('goes on with the one that is left when the other fails, and with a retry when both do', async () => {
    const fails = (after: number, then: Script): ReturnType<typeof scriptedEngine> =>
      scriptedEngine('x', [slow({ failure }, after), then])
    const one = routed([fails(12, said('no')), scriptedEngine('b', [slow(said('b'), 30)])], sampleRequest(), { policy })
    assert.equal(onlyChoice(await collectEvents(one.events)).text, 'b')
    const two = routed([scriptedEngine('a', [slow(said('a'), 30)]), fails(1, said('no'))], sampleRequest(), { policy })
    assert.equal(onlyChoice(await collectEvents(two.events)).text, 'a')
    const both = routed([fails(12, said('again')), fails(20, said('again'))], sampleRequest(), { policy })
    assert.equal(onlyChoice(await collectEvents(both.events)).text, 'again')
    assert.equal(both.trace.attempts, 3)
    for (const { route } of [one, two, both])
      for (const { replicas } of route.targets) assert.equal(replicas[0]?.running, 0)
  })

  it('counts as asked when it fails, and the client hears the more telling failure of the two', async () => {
    const failing = (kind: EngineErrorKind, turns: number, then: Script = said('again')) =>
      scriptedEngine('x', [slow({ failure: new EngineError(kind, kind, { engine: 'x' }) }, turns), then])
    const play = (engines: readonly ReturnType<typeof scriptedEngine>[], more = {}) =>
      routed(engines, sampleRequest(), { policy: { ...policy, ...more } })
    const telling = play([failing('overloaded', 12), failing('misconfigured', 20)], { attempts: 2 })
    await assert.rejects(collectEvents(telling.events), { kind: 'overloaded' })
    const twice = play([failing('unavailable', 12), failing('unavailable', 20)], { attempts: 2 })
    await assert.rejects(collectEvents(twice.events), { kind: 'unavailable' })
    assert.equal(twice.trace.attempts, 2)
    // Who said no to the request itself is not asked once more, and nobody else is.
    const third = scriptedEngine('c', [said('no')])
    const refused = play([failing('refused', 12), failing('unavailable', 20), third], { attempts: 4 })
    await assert.rejects(collectEvents(refused.events), { kind: 'refused' })
    assert.deepEqual([refused.trace.attempts, third.asked.length], [2, 0])
    // The other one may answer all the same.
    const answered = play([failing('refused', 12), scriptedEngine('b', [slow(said('b'), 20)])])
    assert.equal(onlyChoice(await collectEvents(answered.events)).text, 'b')
  })

  it('is never asked for a request whose tools the platform runs, nor without budget', async () => {
    const engines = () => [scriptedEngine('a', [slow(said('a'), 20)]), scriptedEngine('b', [said('b')])] as const
    const tools = [{ type: 'builtin', name: '$web_search' }] as const
    const builtin = engines()
    await collectEvents(routed(builtin, sampleRequest({ tools }), { policy }).events)
    assert.equal(builtin[1].asked.length, 0)
    const poor = engines()
    const route = routeTo(poor, { ...policy, budget: { share: 0, reserve: 0 } })
    await collectEvents(routed([], sampleRequest(), { route }).events)
    assert.equal(poor[1].asked.length, 0)
  })

  it('leaves nothing running when the client leaves', async () => {
    for (const how of ['abort', 'return'] as const) {
      const engines = [scriptedEngine('a', [{ silent: true }]), scriptedEngine('b', [{ silent: true }])]
      const abort = new AbortController()
      const { events, route } = routed(engines, sampleRequest(), { policy, signal: abort.signal })
      const pending = events.next().catch((error: unknown) => error)
      await eventually(
        () => engines[1]?.asked.length,
        (asked) => asked !== 0,
      )
      if (how === 'abort') abort.abort()
      else await events.return?.()
      assert.ok((await pending) instanceof EngineError)
      await events.return?.()
      for (const engine of engines) assert.equal(engine.stopped, 1)
      for (const { replicas } of route.targets) assert.equal(replicas[0]?.running, 0)
    }
  })
})
