/** Code is true: every spelling of every request is run, and what reaches the server is that request. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { SPELLINGS, type Spelled, type Spelling } from '../../../packages/web/src/spellings/index.ts'
import { whySkipped } from '../../clients/installed.ts'
import { call, eventsOf } from '../../support/call.ts'
import { type TestServer, startServer } from '../../support/start-server.ts'
import { type RecordedRequest, type RecordingProxy, openRecordingProxy } from './recording-proxy.ts'
import { REQUESTS } from './requests.ts'
import { type ProgramEnd, checkTypes, runInNode, runInPython, runInShell } from './run-programs.ts'
import { runInWorkerd } from './run-in-workerd.ts'
import { type Meant, inMessagesForm, received, wanted, without } from './same-request.ts'

const CASES = Object.entries(REQUESTS)

/** As a page asks: only what differs, and everything; without headers of its own and with some. */
const WAYS = [
  { name: 'with only what differs', options: {} },
  {
    name: 'with everything, and headers',
    options: { everything: true, headers: { 'x-session-affinity': 'session 1', 'x-quoted': `it's "so" $HOME` } },
  },
] as const

type Run = (sources: readonly string[], labels: readonly string[], proxy: RecordingProxy) => Promise<ProgramEnd[]>

interface Runner {
  readonly skip: string | false
  readonly run: Run
}

const environment = (key: string) => ({ MOONBASE_API_KEY: key })
let server: TestServer
let proxy: RecordingProxy
/** What the server answers to each request that is sent to it as it is. */
let answers: readonly string[]

before(async () => {
  server = await startServer()
  proxy = await openRecordingProxy(server.url)
  answers = await Promise.all(
    CASES.map(async ([name, request]) => {
      const reply = await call(`${server.url}/v1/chat/completions`, { body: request })
      assert.equal(reply.status, 200, `${name}: ${reply.text}`)
      return textOf(reply.text)
    }),
  )
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await server.close()
})

/** By what it is written in, so that a new spelling is run as it is listed. */
function runnerOf({ language, tested }: Spelling): Runner {
  switch (language) {
    case 'shell':
      return {
        skip: whyNoProgram('curl') || whyNoProgram('bash'),
        run: (sources) => runInShell(sources, environment(server.key)),
      }
    case 'python':
      return {
        skip: whyNoProgram('python3'),
        run: (sources) => runInPython(sources, environment(server.key), 'ours'),
      }
    case 'typescript':
      return { skip: whySkipped(tested.client), run: (sources) => runInNode(sources, environment(server.key)) }
    case 'javascript':
      return {
        skip: whySkipped(tested.client),
        run: (sources, labels, recording) => runInWorkerd(sources, labels, recording, server.key),
      }
  }
}

for (const spelling of SPELLINGS) {
  describe(spelling.name, () => {
    const { waiting } = spelling
    if (waiting !== undefined) {
      it(`waits: ${waiting.en}`, async (test) => {
        assert.ok(!(await canImport(spelling.tested.client)), `${spelling.tested.client} is there: run it here`)
        test.skip(`${spelling.name}: ${waiting.en}`)
      })
      return
    }
    const runner = runnerOf(spelling)
    for (const way of WAYS) {
      it(`${way.name} sends the request`, { skip: runner.skip }, () => sendsTheRequest(spelling, way, runner.run))
    }
  })
}

describe('Python with the client itself', () => {
  const skip = canImportInPython() ? false : 'python3 has no openai here: its stand-in was run'
  const spelling = SPELLINGS.find(({ id }) => id === 'python') ?? assert.fail()
  for (const way of WAYS) {
    it(`${way.name} sends the request`, { skip }, () =>
      sendsTheRequest(spelling, way, (sources) => runInPython(sources, environment(server.key), 'theirs')),
    )
  }
})

describe('programs in TypeScript', () => {
  it('have no error of types beside their clients', { skip: whySkipped('openai', '@anthropic-ai/sdk') }, async () => {
    const typed = SPELLINGS.filter(({ language, waiting }) => language === 'typescript' && waiting === undefined)
    const sources = typed.flatMap(({ spell }) =>
      WAYS.flatMap(({ options }) =>
        CASES.map(([, request]) => spell(request, { baseUrl: 'http://x', ...options }).source),
      ),
    )
    assert.equal(await checkTypes(sources), '')
  })
})

async function sendsTheRequest(spelling: Spelling, { name, options }: (typeof WAYS)[number], run: Run): Promise<void> {
  const labels = CASES.map((_, index) => `${spelling.id}-${name.length}-${index}`)
  proxy.requests.length = 0
  const spelled = CASES.map(([, request], index) =>
    spelling.spell(request, { baseUrl: `${proxy.url}/for/${labels[index] ?? ''}`, withMedia: true, ...options }),
  )
  const ends = await run(
    spelled.map(({ source }) => source),
    labels,
    proxy,
  )
  assert.equal(ends.length, CASES.length)
  const faults = CASES.flatMap(([what], index) => {
    const fault = faultOf(spelling, index, spelled[index], ends[index], options)
    return fault === undefined ? [] : [`${what}: ${fault}\n${spelled[index]?.source.slice(0, 3_000) ?? ''}`]
  })
  assert.ok(faults.length === 0, `${faults.length} of ${CASES.length}\n${faults.join('\n\n')}`)
}

/** What is wrong with one program's request, or with what it printed. */
function faultOf(
  spelling: Spelling,
  index: number,
  spelled: Spelled | undefined,
  end: ProgramEnd | undefined,
  options: (typeof WAYS)[number]['options'],
): string | undefined {
  const [, request] = CASES[index] ?? assert.fail()
  if (spelled === undefined || end === undefined) return 'it did not run'
  const sent = proxy.requests.filter(({ label }) => label?.endsWith(`-${index}`))
  if (end.error !== null) return `${end.error} ${sent[0]?.refusal ?? ''}`
  const [only] = sent
  if (only === undefined || sent.length !== 1) return `${sent.length} requests were sent`
  if (only.status !== 200) return `${only.status} ${only.refusal}`
  if (only.headers.authorization !== `Bearer ${server.key}` && only.headers['x-api-key'] !== server.key) return 'no key'
  for (const [header, value] of Object.entries('headers' in options ? options.headers : {})) {
    if (only.headers[header] !== value) return `the header ${header} is ${String(only.headers[header])}`
  }
  const difference = differenceOf(spelling, only, wanted(without(request, spelled.notes)), spelled)
  if (difference !== undefined) return difference
  // What is left out, or gone on from, may be answered otherwise.
  const isWhole = spelled.notes.every(({ kind, field }) => kind !== 'left out' && !/^messages\.\d+$/.test(field))
  const printed = printedBy(spelling, end.out)
  const answer = answers[index] ?? ''
  if (isWhole && answer !== '' && printed !== answer.trim()) return `it printed ${printed} and not ${answer}`
  return undefined
}

function differenceOf(
  spelling: Spelling,
  sent: RecordedRequest,
  expected: Meant,
  { notes }: Spelled,
): string | undefined {
  const isMessages = sent.path.startsWith('/anthropic/')
  const came = received(sent)
  const [one, other] = isMessages ? [inMessagesForm(came, notes), inMessagesForm(expected, notes)] : [came, expected]
  if (isDeepStrictEqual(one, other)) return undefined
  try {
    assert.deepEqual(one, other)
  } catch (error) {
    return String(error)
  }
  return `${spelling.name} is not the same`
}

/** The text of an answer, out of what a program printed. */
function printedBy({ language, id }: Spelling, out: string): string {
  return (language === 'shell' || id === 'workers-ai' ? textOf(out) : out).trim()
}

/** The text of a reply or of a stream of chat completions; empty where it calls tools. */
function textOf(raw: string): string {
  if (raw.startsWith('{')) {
    const { message } = (JSON.parse(raw) as WholeReply).choices[0]
    return (message.tool_calls ?? []).length > 0 ? '' : message.content
  }
  let text = ''
  for (const event of eventsOf(raw)) {
    if (event === '[DONE]') continue
    const [choice] = (event as Chunk).choices
    if ((choice?.delta.tool_calls ?? []).length > 0) return ''
    text += choice?.delta.content ?? ''
  }
  return text
}

interface WholeReply {
  readonly choices: readonly [{ readonly message: { readonly content: string; readonly tool_calls?: unknown[] } }]
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string | null; readonly tool_calls?: unknown[] } }[]
}

async function canImport(name: string): Promise<boolean> {
  try {
    await import(name)
    return true
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_MODULE_NOT_FOUND')
    return false
  }
}

function canImportInPython(): boolean {
  return spawnSync('python3', ['-P', '-c', 'import openai'], { timeout: 60_000 }).status === 0
}

function whyNoProgram(name: string): string | false {
  return spawnSync(name, ['--version'], { timeout: 60_000 }).error === undefined ? false : `${name} is not installed`
}
