/** The driving of agents, by an agent of our own: what is called finished has been done, and nothing is left running. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parseScenarios } from '@moonbase/core/engines/offline'
import { parse } from 'yaml'
import { AGENTS } from './agents.ts'
import { whyMissing } from './installed.ts'
import { type Evidence, type LoggedRequest, judge } from './judge.ts'
import { play } from './play.ts'
import { isAsExpected, remarksOf, tableOf } from './report.ts'
import { END, SUMMARY, scenarioFile } from './scenario-file.ts'
import { smallAgent } from './testing/small.ts'
import { TROUBLES, type Trouble } from './troubles.ts'

const trouble = (id: string): Trouble => TROUBLES.find((one) => one.id === id) ?? assert.fail(`no trouble ${id}`)
const PLAIN = trouble('plain')

describe('an agent that is driven', { timeout: 300_000 }, () => {
  for (const one of TROUBLES) {
    it(`does its task: ${one.id}`, async () => {
      const { outcome, why, wanted, left, kept } = await play(smallAgent(), one)
      assert.deepEqual(why, [])
      assert.equal(outcome, one.id === 'overflow' ? 'compacted' : 'finished')
      assert.deepEqual([wanted, left, kept], [[], [], undefined])
    })
  }

  it('has failed if it ends well and has done nothing', async () => {
    const { outcome, why } = await play(smallAgent('lazy'), PLAIN)
    assert.equal(outcome, 'failed')
    assert.deepEqual(why, [
      'notes.txt is not edited',
      'the command has no effect',
      'the log has no read, edit, run, end',
    ])
  })

  it('is ended at its limit', async () => {
    const { why } = await play(smallAgent('idle', { limitS: 1 }), PLAIN)
    assert.equal(why[0], 'still ran after 1 s, and was ended')
  })

  it('has failed if its program is not there', async () => {
    const { why } = await play(smallAgent('', { commands: () => [['/no/such/program']] }), PLAIN)
    assert.match(why[0] ?? '', /^could not be started: .*ENOENT/)
  })

  it('is refused by a strict key if it drops its thoughts', async () => {
    const { outcome, why } = await play(smallAgent('forgets'), PLAIN)
    assert.equal(outcome, 'failed')
    assert.ok(why.includes('refused: missing_reasoning'), why.join('; '))
  })

  it('leaves nothing running behind it, whatever group it is in', async () => {
    const { outcome, left } = await play(smallAgent('leaves'), PLAIN)
    assert.equal(outcome, 'finished')
    assert.equal(left.length, 1)
  })

  it('is told of when it asks for anybody else', async () => {
    const { wanted } = await play(smallAgent('nosy'), PLAIN)
    assert.deepEqual(wanted, ['elsewhere.example:443'])
  })
})

describe('the script of a run', () => {
  for (const agent of AGENTS) {
    it(`is a scenario file: ${agent.name}`, () => {
      for (const one of TROUBLES) {
        const scenarios = parseScenarios(parse(scenarioFile(agent.calls('/w'), one, agent.compaction)))
        assert.ok(scenarios.length >= 5)
      }
    })
  }
})

describe('a verdict', () => {
  const calls = smallAgent().calls('/w')
  const answer = (more: Partial<LoggedRequest>): LoggedRequest => ({
    status: 200,
    error: null,
    text: '',
    calls: [],
    ...more,
  })
  const [read, edit, run] = [calls.read, calls.edit, calls.run].map((call) => answer({ calls: [call] }))
  assert.ok(read !== undefined && edit !== undefined && run !== undefined)
  const end = answer({ text: END })
  const evidence = (...requests: LoggedRequest[]): Evidence => ({ failure: undefined, undone: [], requests })
  const full = answer({ status: 400, error: 'window_exceeded' })
  const overflow = trouble('overflow')

  it('is finished, with a title asked for in between', () => {
    assert.equal(judge(evidence(answer({ text: 'A title' }), read, edit, run, end), calls, PLAIN).outcome, 'finished')
  })

  it('is compacted only where a summary was asked for', () => {
    const summary = answer({ text: SUMMARY })
    assert.equal(judge(evidence(read, full, summary, edit, run, end), calls, overflow).outcome, 'compacted')
    assert.equal(judge(evidence(read, full, edit, run, end), calls, overflow).outcome, 'finished')
  })

  it('is failed by each thing that is not as it should be', () => {
    const whys = (given: Evidence, of = PLAIN): readonly string[] => judge(given, calls, of).why
    assert.deepEqual(whys({ ...evidence(read, edit, run, end), failure: 'ended with 1' }), ['ended with 1'])
    assert.deepEqual(whys(evidence(read, edit, run)), ['the log has no end'])
    assert.deepEqual(whys(evidence(edit, read, run, end)), ['the log has edit, read, run, end'])
    assert.deepEqual(whys(evidence(read, edit, run, end), overflow), ['met window_exceeded 0 times'])
    assert.deepEqual(whys(evidence(read, full, full, edit, run, end), overflow), ['met window_exceeded 2 times'])
    assert.deepEqual(whys(evidence(read, full, edit, run, end)), ['refused: window_exceeded'])
  })
})

describe('the report', () => {
  const done = { outcome: 'finished', why: [], seconds: 2, requests: 4, wanted: [], left: [], kept: undefined } as const
  const broken = {
    ...done,
    outcome: 'failed',
    why: ['ended with 1'],
    wanted: ['a.example:443'],
    left: ['hub'],
  } as const
  const agent = { name: 'Small', wire: 'chat completions' } as const

  it('has a line for each agent, also for one that is not there', () => {
    const played = new Map<string, typeof done | typeof broken>([
      ['plain', done],
      ['cut', broken],
    ])
    const rows = [
      { agent, version: '1.0', played },
      { agent: { ...agent, name: 'Gone' }, version: '', missing: 'no package', played: new Map() },
    ]
    assert.equal(
      tableOf(rows, [PLAIN, trouble('cut')]),
      [
        '| agent | wire | key | plain | cut |',
        '|---|---|---|---|---|',
        '| Small 1.0 | chat completions | strict | finished, 4 requests, 2 s | **failed**, 4 requests, 2 s |',
        '| Gone | chat completions | strict | not run | not run |',
      ].join('\n'),
    )
    assert.deepEqual(remarksOf(rows), [
      'Small, cut: ended with 1',
      'Small asked for a.example:443, and got none',
      'Small left behind hub, ended by pid',
      'Gone was not run: no package',
    ])
    assert.deepEqual(rows.map(isAsExpected), [false, false])
  })

  it('takes a failure that is known, and no other, nor one that is cured', () => {
    const known = { ...agent, known: { cut: 'it never asks again' } }
    const row = (cut: typeof done | typeof broken) => ({
      agent: known,
      version: '1.0',
      played: new Map([['cut', cut]]),
    })
    assert.deepEqual([isAsExpected(row(broken)), isAsExpected(row(done))], [true, false])
    assert.ok(remarksOf([row(done)]).includes('Small, cut: no longer so: it never asks again'))
  })
})

describe('the lockfile', () => {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url), 'utf8')) as {
    readonly packages: Readonly<Record<string, unknown>>
  }

  it('has every agent, and what is started is in it', () => {
    for (const agent of AGENTS) {
      for (const file of [`${agent.package}/package.json`, ...agent.files]) {
        const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(file) ?? ['']
        assert.ok(`node_modules/${name}` in lock.packages, name)
      }
    }
  })

  it('is installed by a command that an agent names where it is not there', () => {
    const why = whyMissing({ ...smallAgent(), package: 'not-there' })
    assert.equal(why, 'not-there/package.json not installed: npm run agents:install')
  })
})
