/** What the bench asks and what it reports, without asking anybody: prompts, options, tables. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubjectRecord } from '../bench/campaign.ts'
import type { LoadResult } from '../bench/load/order.ts'
import { exchangeFor } from '../bench/load/request.ts'
import { LOADS } from '../bench/loads.ts'
import { readOptions } from '../bench/options.ts'
import { choosePlan } from '../bench/plan.ts'
import { promptBody } from '../bench/prompts/prompt-body.ts'
import { AGENT_TURN } from '../bench/prompts/prompt.ts'
import { compare } from '../bench/report/beside.ts'
import { reportTables } from '../bench/report/tables.ts'
import { CHAT_PATH, SUBJECT_KINDS } from '../bench/subjects/subject.ts'

test('a prompt has the size and the messages that it is to have, and new words only at its end', () => {
  for (const { prompt, connections } of LOADS) {
    if (prompt === undefined || prompt.kind === 'text') continue
    // Small ones are the hard ones: a line of the texts may be longer than what all of it is to be.
    const all = prompt.bytes > 10_000 ? 1 : connections
    for (let one = 0; one < all; one++) assert.equal(promptBody(prompt, 'whole', one).length, prompt.bytes)
    const { messages, tools = [] } = chatOf(promptBody(prompt, 'whole', 0))
    assert.equal(messages.length, prompt.messages)
    assert.equal(tools.length, prompt.kind === 'agent' ? prompt.tools : 0)
  }
  const target = { port: 1, path: CHAT_PATH, headers: {} }
  const [one, other] = [0, 1].map((connection) =>
    exchangeFor({ scene: 'burst', prompt: AGENT_TURN, target }, connection),
  )
  assert.ok(one !== undefined && other !== undefined)
  const asked = [one, one, other].map((exchange) => {
    exchange.renew?.()
    return chatOf(exchange.bytes.subarray(exchange.bytes.indexOf('\r\n\r\n')))
  })
  const [first, second, third] = asked.map(({ messages }) => messages.map((message) => JSON.stringify(message)))
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const changed = first.flatMap((message, index) => (message === second[index] ? [] : [index]))
  assert.deepEqual(changed, [197, 198, 199])
  assert.notDeepEqual(first[1], third[1], 'each connection has a history of its own')
  assert.deepEqual(asked[0]?.tools, asked[2]?.tools)
})

test('a text of many megabytes is of the size that was asked for, and one message', () => {
  const body = promptBody({ kind: 'text', bytes: 3_000_000 }, 'whole', 0)
  assert.deepEqual([body.length, chatOf(body).messages.length], [3_000_000, 1])
})

test('the report has every row of the plan, and every target that was measured', () => {
  const records = ['direct', 'moonbase', 'moonbase@b799cb9', 'exact-counts', 'no-accounts', 'nginx', 'portkey'].map(
    recordOf,
  )
  const report = reportTables(records, choosePlan({ name: 'default' }), 0.01)
  assert.doesNotMatch(report, /NaN|undefined/)
  assert.equal(report.match(/^### /gm)?.length, 14)
  for (const target of [
    "agents' turns per CPU second against Portkey",
    "agents' turns streamed per CPU second against Portkey",
    'first chunk behind an engine that needs 20 ms, p99 with the ledger over without',
    "an agent's turn beside texts of 90 MB, times its time alone: p50",
    "an agent's turn beside texts of 90 MB with exact counts, times its time alone: p99",
    "moonbase: CPU of an agent's turn, times b799cb9",
  ]) {
    assert.ok(report.includes(`| ${target}`), target)
  }
  // 27 KB live, of which 2 are outside the heap, where 50 are resident: the target is for what a stream holds.
  assert.match(report, /\| memory of an idle stream, live +\| +≤ 50 KB \| +27\.0 KB \| yes \|/)
  const idle = (name: string) => new RegExp(`\\| ${name} [^\\n]*10 of 10([^\\n]*)`).exec(report)?.[1]?.split(/[ |]+/)
  assert.deepEqual(idle('portkey')?.slice(1, 4), ['27.0', '2.00', '50.0'])
  assert.deepEqual(idle('nginx')?.slice(1, 4), ['–', '–', '50.0'])
  const little = reportTables(
    records.slice(0, 2).map(({ kind, name, about }) => recordWith(kind, name, about)),
    choosePlan({ name: 'quick', only: ['start'] }),
    Number.NaN,
  )
  assert.deepEqual(little.match(/^### .*/gm), ['### Targets', '### Answers that were wrong or cut'])
})

test('times are not judged on a machine that did other things meanwhile, CPU and memory are', () => {
  const records = ['direct', 'moonbase', 'no-accounts', 'portkey'].map(recordOf)
  const judged = (othersBusyCores: number) =>
    ['CPU of a request ', 'memory of an idle stream, live', 'first chunk behind an engine'].map((what) => {
      const report = reportTables(records, choosePlan({ name: 'default' }), othersBusyCores)
      return report
        .split('\n')
        .find((line) => line.startsWith(`| ${what}`))
        ?.split('|')
        .at(-2)
        ?.trim()
    })
  assert.deepEqual(judged(0.02), ['NO', 'yes', 'yes'])
  assert.deepEqual(judged(1.6), ['NO', 'yes', 'too busy to say'])
  assert.deepEqual(judged(Number.NaN), ['NO', 'yes', 'yes'])
})

test('rows are chosen by name or by what their names begin with, and unknown ones are refused', () => {
  const rows = (only: string[]) => choosePlan({ name: 'quick', only }).loads.map(({ key }) => key)
  assert.deepEqual(rows(['whole', 'burst-steady']), ['whole', 'burst-steady'])
  const { loads, starts, idleRounds, rounds } = choosePlan({ name: 'quick', only: ['idle'], rounds: 9 })
  assert.deepEqual([loads, starts, idleRounds, rounds], [[], 0, 9, 9])
  assert.deepEqual(rows(['agent-text', 'light-text']), ['agent-alone', 'light', 'light-text', 'agent-text'])
  assert.throws(() => rows(['nothing']), /no such row: nothing/)
})

test('another checkout is named behind its folder, and compared round by round', () => {
  const { beside } = readOptions(['--beside', '/tmp/a=b=before', '--beside', '/tmp/c=c'])
  assert.deepEqual(beside, [
    { folder: '/tmp/a=b', name: 'before' },
    { folder: '/tmp/c', name: 'c' },
  ])
  assert.throws(() => readOptions(['--beside', '/tmp/a']), /<folder>=<name>/)
  // The machine was twice as slow in the second round: both show it, their ratio does not.
  const { differences, ratio } = compare({ ours: [11, 22, 11], theirs: [10, 20, 10, 99] })
  assert.deepEqual([differences, ratio], [[1, 2, 1], 1.1])
})

interface Chat {
  readonly messages: readonly object[]
  readonly tools?: readonly object[]
}

function chatOf(body: Buffer): Chat {
  const chat: unknown = JSON.parse(body.toString())
  assert.ok(isChat(chat))
  return chat
}

function isChat(value: unknown): value is Chat {
  return typeof value === 'object' && value !== null && 'messages' in value && Array.isArray(value.messages)
}

/** As a run leaves it: two rounds of whatever is measured of this subject. */
function recordOf(name: string): SubjectRecord {
  const kind = SUBJECT_KINDS.find((one) => one === name.split('@', 1)[0])
  assert.ok(kind !== undefined)
  const spread = { count: 100, p50: 1000, p99: 5000, max: 9000 }
  const result: LoadResult = {
    seconds: 1,
    answers: 100,
    pieces: 10_000,
    cpuSeconds: 0.5,
    generatorCpuSeconds: 0.1,
    wholeUs: spread,
    firstPieceUs: spread,
    pieceUs: spread,
    faults: {},
    heavy: { answers: 3, seconds: 1, faults: {} },
  }
  const idle = { asked: 10, ready: 10, faults: {}, pssBeforeKb: 100, pssHeldKb: 600, pssAfterKb: 200, upstreamLeft: 0 }
  const live = {
    ready: 10,
    faults: {},
    before: { heapKb: 1000, outsideKb: 500 },
    held: { heapKb: 1250, outsideKb: 520 },
  }
  const measured = LOADS.filter(({ of }) => of.includes(kind))
  return {
    ...recordWith(kind, name, 'for a test'),
    startMs: [300, 310],
    loads: Object.fromEntries(measured.map(({ key }) => [key, [result, result]])),
    loadedPssKb: 900,
    idle: [idle, idle],
    live: kind === 'nginx' ? [] : [live, live],
  }
}

function recordWith(kind: SubjectRecord['kind'], name: string, about: string): SubjectRecord {
  return { kind, name, about, startMs: [], warmUp: [], loads: {}, idle: [], live: [] }
}
