/** What a prompt takes at most is never less than what it takes: of random conversations, with every vocabulary. */

import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  type Prompt,
  type PromptContent,
  type PromptMessage,
  type PromptPart,
  type PromptTool,
  type PromptToolCall,
  type Tokenizer,
  bpeTokenizer,
  countPieces,
  promptTokensAtMost,
  readTiktokenVocabulary,
  renderPrompt,
  utf8BytesAtMost,
} from '@moonbase/format'
import { readApproximation } from '../packages/server/src/tokenizer/approximation.ts'
import { seededRandom } from './support/every-split.ts'
import { randomSchema } from './support/random-schema.ts'
import { randomText } from './support/random-text.ts'
import { realVocabulary } from './support/real-vocabulary.ts'
import { tinyTiktokenFile } from './support/tiny-byte-pairs.ts'

const SEED = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20261201)
const PROMPTS = 500

const real = realVocabulary()
type Random = () => number

describe('the bound of a prompt', () => {
  const vocabularies = [
    ['a tiny vocabulary', () => tinyTiktokenFile(), false],
    ['the approximation', readApproximation, false],
    ["the model's own", () => ('bytes' in real ? real.bytes : new Uint8Array()), 'skip' in real ? real.skip : false],
  ] as const
  for (const [name, bytes, skip] of vocabularies) {
    describe(`with ${name}`, { skip }, () => {
      let tokenizer: Tokenizer
      before(() => {
        tokenizer = bpeTokenizer(readTiktokenVocabulary(bytes()))
      })

      it(`is no less than its count, ${PROMPTS} times (seed ${SEED})`, () => {
        const random = seededRandom(SEED)
        for (let index = 0; index < PROMPTS; index += 1) {
          const prompt = randomPrompt(random)
          const exact = countPieces(renderPrompt(prompt), tokenizer)
          const most = promptTokensAtMost(prompt, Buffer.byteLength)
          const where = (): string => `prompt ${index}: ${exact} > ${most}: ${JSON.stringify(prompt).slice(0, 2000)}`
          assert.ok(exact <= most, where())
          assert.ok(most <= promptTokensAtMost(prompt, utf8BytesAtMost), where())
        }
      })

      it('is no less for texts of bytes that no token joins', () => {
        // Rare characters, halves of pairs, and a run without a space that is longer than the tokenizer's own cuts.
        for (const text of ['\u{10FFFF}\u{2FA1D}', '\ud800', '\udc00x\ud800', '\0\x01\x02', '\ufdd0'.repeat(30_000)]) {
          const prompt: Prompt = { messages: [{ role: 'user', content: text }], tools: [], thinking: true }
          const exact = countPieces(renderPrompt(prompt), tokenizer)
          assert.ok(exact <= promptTokensAtMost(prompt, Buffer.byteLength), text.slice(0, 10))
        }
      })
    })
  }

  it('is close to the bytes of the text, tools included', () => {
    const tools: PromptTool[] = Array.from({ length: 30 }, (_, index) => ({
      type: 'function',
      name: `tool_${index}`,
      description: 'Reads a file, and tells what stands in it.',
      parameters: { type: 'object', properties: { path: { type: 'string', description: 'Where it lies.' } } },
    }))
    const messages: PromptMessage[] = Array.from({ length: 200 }, () => ({ role: 'user', content: 'x'.repeat(800) }))
    const most = promptTokensAtMost({ messages, tools, thinking: true }, Buffer.byteLength)
    assert.ok(most > 160_000 && most < 170_000, String(most))
  })
})

function randomPrompt(random: Random): Prompt {
  const messages: PromptMessage[] = []
  const calls: PromptToolCall[] = []
  for (let left = Math.floor(random() * 9); left > 0; left -= 1) messages.push(randomMessage(random, calls))
  if (random() < 0.2) {
    messages.push({
      role: 'assistant',
      content: random() < 0.3 ? '' : content(random),
      ...maybe(random, 'reasoning', random() < 0.2 ? '' : text(random)),
      ...maybe(random, 'name', text(random)),
      toolCalls: random() < 0.3 ? someCalls(random, calls) : [],
      partial: true,
    })
  }
  return { messages, tools: random() < 0.5 ? someTools(random) : [], thinking: random() < 0.6 }
}

function randomMessage(random: Random, calls: PromptToolCall[]): PromptMessage {
  const name = maybe(random, 'name', random() < 0.2 ? '' : text(random))
  const kind = random()
  if (kind < 0.4) return { role: random() < 0.3 ? 'system' : 'user', content: content(random), ...name }
  if (kind < 0.65) {
    // Of a call before it, of one that is not there, or of one whose id was used again.
    const known = calls[Math.floor(random() * calls.length)]
    return { role: 'tool', content: content(random), toolCallId: known?.id ?? text(random), ...name }
  }
  return {
    role: 'assistant',
    content: random() < 0.3 ? '' : content(random),
    ...maybe(random, 'reasoning', text(random)),
    ...name,
    toolCalls: random() < 0.6 ? someCalls(random, calls) : [],
    partial: random() < 0.1,
  }
}

function someCalls(random: Random, calls: PromptToolCall[]): PromptToolCall[] {
  const made = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    id: random() < 0.3 ? 'same' : text(random),
    name: random() < 0.5 ? 'f' : text(random),
    arguments: random() < 0.5 ? '{}' : JSON.stringify({ q: text(random) }),
  }))
  calls.push(...made)
  return made
}

function someTools(random: Random): PromptTool[] {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => {
    if (random() < 0.15) return { type: 'builtin', name: `$tool_${index}` }
    return {
      type: 'function',
      name: random() < 0.7 ? `tool_${index}` : text(random),
      ...maybe(random, 'description', text(random)),
      parameters: randomSchema(random),
    }
  })
}

function content(random: Random): PromptContent {
  if (random() < 0.7) return text(random)
  return Array.from({ length: Math.floor(random() * 4) }, (): PromptPart => {
    const kind = random()
    if (kind < 0.5) return { type: 'text', text: text(random) }
    const side = (): number => 1 + Math.floor(random() * 5000)
    if (kind < 0.75) {
      return { type: 'image', ...maybe(random, 'measured', { width: side(), height: side() }) }
    }
    const frames = 1 + Math.floor(random() * 5000)
    const framesPerSecond = random() < 0.1 ? 1e-3 : 1 + random() * 60
    return { type: 'video', ...maybe(random, 'measured', { width: side(), height: side(), frames, framesPerSecond }) }
  })
}

const text = (random: Random): string => randomText(random, 1 + Math.floor(random() * 30))

function maybe<Key extends string, Value>(random: Random, key: Key, value: Value): Partial<Record<Key, Value>> {
  return random() < 0.5 ? ({ [key]: value } as Record<Key, Value>) : {}
}
