/**
 * Promise 6: the estimate is the bill. For random requests the estimate, the usage that the offline engine reports and
 * the number of ids that the rendered prompt has are one number.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { moonshot } from '@moonbase/core/dialects/moonshot'
import { wireOf } from '../packages/core/src/dialects/testing/wire-of.ts'
import { promptOf } from '@moonbase/core/contract'
import { assertResolved, mediaFromUrl } from '@moonbase/core/generation'
import { type Tokenizer, bpeTokenizer, encodePieces, readTiktokenVocabulary, renderPrompt } from '@moonbase/format'
import { findModel } from '@moonbase/protocol'
import { mfjsRules, validateMfjs } from '@moonbase/protocol/mfjs'
import sharp from 'sharp'
import { parseBody } from '../packages/server/src/http/parse-body.ts'
import { call } from './support/call.ts'
import { randomSchema } from './support/random-schema.ts'
import { randomText } from './support/random-text.ts'
import { realVocabulary } from './support/real-vocabulary.ts'
import { startServer } from './support/start-server.ts'
import { tinyTiktokenFile } from './support/tiny-byte-pairs.ts'

const SEED = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20261120)
const REQUESTS = 200

const real = realVocabulary()

describe('the count of a prompt', () => {
  it(`is the same in the estimate, the usage and the ids, ${REQUESTS} times (seed ${SEED}), with a tiny vocabulary`, async () => {
    await agree(tinyTiktokenFile())
  })

  it(`is the same with the model's own vocabulary`, { skip: 'skip' in real ? real.skip : false }, async () => {
    if ('bytes' in real) await agree(real.bytes)
  })
})

async function agree(vocabulary: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-count-'))
  const path = join(folder, 'tiktoken.model')
  writeFileSync(path, vocabulary)
  const tokenizer = bpeTokenizer(readTiktokenVocabulary(vocabulary))
  const server = await startServer({ environment: { MOONBASE_TOKENIZER: path } })
  try {
    const images = await someImages()
    const random = generator(SEED)
    for (let index = 0; index < REQUESTS; index += 1) {
      const body = randomRequest(random, images)
      const ids = idsOf(body, tokenizer)
      const estimate = await call(`${server.url}/v1/tokenizers/estimate-token-count`, { body })
      const where = `request ${index}: ${JSON.stringify(body).slice(0, 2000)}`
      assert.equal(estimate.status, 200, `${where}: ${estimate.text}`)
      assert.deepEqual(estimate.json, { code: 0, data: { total_tokens: ids }, scode: '0x0', status: true }, where)
      assert.equal(estimate.headers.get('x-moonbase-token-count'), null)
      const answered = await call(`${server.url}/v1/chat/completions`, { body: { ...body, max_tokens: 16 } })
      assert.equal(answered.status, 200, `${where}: ${answered.text}`)
      assert.equal((answered.json as { usage: { prompt_tokens: number } }).usage.prompt_tokens, ids, where)
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function idsOf(body: unknown, tokenizer: Tokenizer): number {
  const lenient = new Set<never>()
  // As a server reads it: half characters are none by then, in arguments of calls neither.
  const read = parseBody(Buffer.from(JSON.stringify(body)))
  const { draft } = moonshot(mediaFromUrl).decode(wireOf(read), lenient)
  const model = findModel(draft.model)
  assert.ok(model)
  const { messages, ...prompt } = promptOf(draft, { model, lenient, schemas: mfjsRules })
  assertResolved(messages)
  return encodePieces(renderPrompt({ ...prompt, messages }), tokenizer).length
}

type Random = () => number

/** mulberry32 */
function generator(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function someImages(): Promise<string[]> {
  const sizes = [
    [1, 1],
    [28, 28],
    [100, 37],
    [640, 480],
    [1920, 1080],
    [5000, 300],
  ] as const
  const urls: string[] = []
  for (const [width, height] of sizes) {
    const image = sharp({ create: { width, height, channels: 3, background: '#336699' } })
    const format = urls.length % 2 === 0 ? 'png' : 'webp'
    urls.push(`data:image/${format};base64,${(await image.toFormat(format).toBuffer()).toString('base64')}`)
  }
  return urls
}

/** Valid by the contract: system, turns with tools and their results, reasoning where it is due, images, a prefix. */
function randomRequest(random: Random, images: readonly string[]): Record<string, unknown> {
  const thinking = random() < 0.6
  const tools = random() < 0.5 ? someTools(random) : []
  const messages: unknown[] = []
  if (random() < 0.4) messages.push({ role: 'system', content: words(random) })
  const turns = 1 + Math.floor(random() * 3)
  for (let turn = 0; turn < turns; turn += 1) {
    messages.push({ role: 'user', content: userContent(random, images), ...(random() < 0.1 ? { name: 'bob' } : {}) })
    if (tools.length > 0 && random() < 0.6) messages.push(...toolTurn(random, tools, turn, thinking))
    if (turn < turns - 1) messages.push({ role: 'assistant', content: words(random), ...reasoning(random) })
  }
  if (random() < 0.2) messages.push({ role: 'assistant', content: words(random), partial: true })
  return {
    model: 'kimi-k2.5',
    messages,
    thinking: { type: thinking ? 'enabled' : 'disabled' },
    ...(tools.length > 0 ? { tools } : {}),
  }
}

const words = (random: Random): string => randomText(random, 1 + Math.floor(random() * 60)) || 'x'

function reasoning(random: Random): { reasoning_content?: string } {
  return random() < 0.5 ? { reasoning_content: words(random) } : {}
}

function userContent(random: Random, images: readonly string[]): unknown {
  if (random() < 0.6) return words(random)
  return Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
    random() < 0.5
      ? { type: 'text', text: words(random) }
      : { type: 'image_url', image_url: { url: images[Math.floor(random() * images.length)] } },
  )
}

type Named = { function: { name: string } }

function someTools(random: Random): Named[] {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => ({
    type: 'function',
    function: { name: `tool_${index}`, description: words(random), parameters: validSchema(random) },
  }))
}

function validSchema(random: Random): Record<string, unknown> {
  for (;;) {
    const schema = randomSchema(random)
    if (validateMfjs(schema, { level: 'strict' }) === undefined) return schema
  }
}

function toolTurn(random: Random, tools: readonly Named[], turn: number, thinking: boolean): unknown[] {
  const calls = Array.from({ length: 1 + Math.floor(random() * 2) }, (_, index) => ({
    id: random() < 0.5 ? `call_${turn}_${index}` : `${tools[0]?.function.name}:${turn * 2 + index}`,
    type: 'function',
    function: {
      name: tools[Math.floor(random() * tools.length)]?.function.name,
      arguments: JSON.stringify({ q: words(random) }),
    },
  }))
  return [
    {
      role: 'assistant',
      content: random() < 0.5 ? '' : words(random),
      tool_calls: calls,
      ...(thinking ? { reasoning_content: words(random) } : reasoning(random)),
    },
    ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: words(random) })),
  ]
}
