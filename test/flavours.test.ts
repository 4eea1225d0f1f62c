/**
 * Switching the configuration between all flavours changes no byte of what a client sees for the same recorded generation,
 * ids and usage included. One server for each flavour, in front of an upstream that plays the recording in that flavour's
 * own shapes. Replies are compared as bytes, status and headers too, but for what is new for each request: ids and times.
 *
 * A generation is the same only where the hosts tell the same of it. What was cached only a host can know; so every
 * flavour tells of a generation with nothing cached, and those that report hits of one with hits as well.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { FLAVOUR_NAMES, type FlavourName } from '../packages/core/src/engines/openai-compatible/flavours.ts'
import { readApproximation } from '../packages/server/src/tokenizer/approximation.ts'
import { call } from './support/call.ts'
import { openHostileUpstream } from './support/hostile-upstream.ts'
import { startServer } from './support/start-server.ts'

const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}))
const REQUEST = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Weather and time?' }], tools: TOOLS }
const THOUGHT = 'The user asks about 北京. Two lookups,\none for each "tool".'

// A vocabulary that is at hand. Hosts that count thoughts count as the model does, and so does the server.
const vocabulary = readApproximation()
const tokenizer = bpeTokenizer(readTiktokenVocabulary(vocabulary))
const folder = mkdtempSync(join(tmpdir(), 'moonbase-flavours-'))
const tokenizerPath = join(folder, 'tiktoken.model')
writeFileSync(tokenizerPath, vocabulary)
after(() => rmSync(folder, { recursive: true }))

type Rewriting = (recording: string, flavour: FlavourName) => string

/** How each host tells that nothing was cached: vLLM, SGLang and Moonshot leave the place out then. */
const withoutHits: Rewriting = (recording, flavour) => {
  if (flavour === 'vllm' || flavour === 'sglang')
    return recording.replaceAll(/"prompt_tokens_details": ?\{[^}]*\}/g, '"prompt_tokens_details":null')
  if (flavour === 'moonshot')
    return recording
      .replaceAll(/, *\s*"prompt_tokens_details": ?\{[^}]*\}/g, '')
      .replaceAll(/, *\s*"cached_tokens": ?128/g, '')
  return recording.replaceAll(/("(?:cached_tokens|cache_n)": ?)128/g, '$10').replace('"prompt_n":54', '"prompt_n":182')
}

/** KTransformers is SGLang, and reports what was cached when it is started so. */
const withHits: Rewriting = (recording, flavour) =>
  flavour === 'ktransformers'
    ? recording.replaceAll(/"prompt_tokens_details": ?null/g, '"prompt_tokens_details":{"cached_tokens":128}')
    : recording

/** Oxen documents no place for it. */
const REPORTING_HITS = FLAVOUR_NAMES.filter((flavour) => flavour !== 'oxen')

/** Pieces of an answer in JSON, each with one in which something could be the beginning of a marker, or the end of a text. */
const UNDECIDED: readonly (readonly [piece: string, other: string])[] = [
  ['The user asks about ', 'Is 1 <'],
  ['北京. Two lookups,\\n', ' 2 or </think'],
  ['one for each \\"tool\\".', ' or 3 <'],
  ['Let me check — ', '\\n'],
  ['the weather in 北京 🌤', ' <'],
  [' and the time.', 'b> or <|im_'],
  ['{\\"city\\": ', '{\\"city\\": \\"<'],
  ['\\"北京\\", ', '|tool_call\\" , '],
]

const undecided: Rewriting = (recording) =>
  UNDECIDED.reduce((text, [piece, other]) => text.replaceAll(piece, other), recording)

/** The same deployment wherever it runs, which counted a thought as the model does. KTransformers counts none. */
const told = (thought: string): Rewriting => {
  const reasoning = tokenizer.count(thought)
  return (recording) =>
    recording
      .replaceAll(/"model": ?"[^"]+"/g, '"model":"kimi-k2.5"')
      .replaceAll(/("reasoning_tokens": ?)17/g, `$1${reasoning}`)
}

interface Seen {
  readonly streamed: string
  readonly whole: string
}

async function seenBehind(flavour: FlavourName, ...rewritings: readonly Rewriting[]): Promise<Seen> {
  const recorded = (form: 'sse' | 'json'): Buffer => {
    const file = new URL(`../packages/core/src/engines/openai-compatible/fixtures/${flavour}.${form}`, import.meta.url)
    return Buffer.from(rewritings.reduce((text, rewrite) => rewrite(text, flavour), readFileSync(file, 'utf8')))
  }
  await using upstream = await openHostileUpstream(({ body }) =>
    (JSON.parse(body) as { stream?: boolean }).stream === true
      ? { body: recorded('sse') }
      : { headers: { 'content-type': 'application/json' }, body: recorded('json') },
  )
  await using server = await startServer({
    environment: {
      MOONBASE_UPSTREAM: `${upstream.url}/v1`,
      MOONBASE_UPSTREAM_FLAVOUR: flavour,
      MOONBASE_TOKENIZER: tokenizerPath,
    },
  })
  const ask = async (more: object): Promise<string> => {
    const { status, headers, text } = await call(`${server.url}/v1/chat/completions`, { body: { ...REQUEST, ...more } })
    const common = [...headers].filter(([name]) => !OWN_HEADERS.has(name))
    return JSON.stringify([status, ...common]) + withoutOwn(text)
  }
  return { streamed: await ask({ stream: true, stream_options: { include_usage: true } }), whole: await ask({}) }
}

/** What is new for each request, here and in its body. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['date', 'msh-request-id', 'x-request-id', 'x-moonbase-stream-id'])

function withoutOwn(text: string): string {
  return text.replaceAll(/"id":"chatcmpl-[^"]+"/g, '"id":"chatcmpl-…"').replaceAll(/"created":\d+/g, '"created":0')
}

async function assertSame(flavours: readonly FlavourName[], ...rewritings: readonly Rewriting[]): Promise<Seen> {
  const expected = await seenBehind('moonshot', ...rewritings)
  for (const flavour of flavours) {
    const { streamed, whole } = await seenBehind(flavour, ...rewritings)
    assert.equal(streamed, expected.streamed, flavour)
    assert.equal(whole, expected.whole, flavour)
  }
  return expected
}

describe('whichever host answered', () => {
  test('a client sees the same bytes of a generation with nothing cached', async () => {
    const { whole, streamed } = await assertSame(FLAVOUR_NAMES, told(THOUGHT), withoutHits)
    assert.match(whole, /"id":"get_weather:0".*"id":"get_time:1"/)
    const reasoning = tokenizer.count(THOUGHT)
    const usage = `"usage":{"prompt_tokens":182,"completion_tokens":64,"total_tokens":246,"cached_tokens":0,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":${reasoning}}}`
    assert.ok(whole.includes(usage), whole)
    assert.equal(streamed.split(usage).length, 3, 'on the choice and on the chunk of its own')
  })

  test('a client sees the same bytes of a generation with hits, wherever hits are reported', async () => {
    const { whole } = await assertSame(REPORTING_HITS, told(THOUGHT), withHits)
    assert.match(whole, /"cached_tokens":128,"prompt_tokens_details":\{"cached_tokens":128\}/)
  })

  test('a client sees the same bytes where the end of a piece is undecided', async () => {
    const { streamed } = await assertSame(FLAVOUR_NAMES, told('Is 1 < 2 or </think or 3 <'), undecided, withoutHits)
    assert.deepEqual(
      [...streamed.matchAll(/"(?:content|reasoning_content)":("[^"]*")/g)].map(([, piece]) => piece),
      ['""', '"Is 1 <"', '" 2 or </think"', '" or 3 <"', '"\\n"', '" <"', '"b> or <|im_"'],
    )
  })
})
