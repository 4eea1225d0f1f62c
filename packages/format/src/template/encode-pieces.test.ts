import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { realVocabulary } from '../../../../test/support/real-vocabulary.ts'
import { tinyBytePairs } from '../../../../test/support/tiny-byte-pairs.ts'
import type { PromptPiece } from '../prompt-piece.ts'
import type { Prompt, PromptMessage, PromptPart, PromptTool } from '../prompt.ts'
import { SPECIAL_TOKENS, type SpecialToken } from '../special-tokens.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { bpeTokenizer, readTiktokenVocabulary } from '../tokenizer/index.ts'
import { countPieces, encodePieces, MissingSpecialTokenError, promptText } from './encode-pieces.ts'
import { renderPrompt } from './render-prompt.ts'

const tiny = bpeTokenizer(tinyBytePairs())
const real = realVocabulary()
const skip = 'skip' in real && real.skip

const SPECIALS = Object.keys(SPECIAL_TOKENS) as SpecialToken[]

describe('encodePieces', () => {
  it('gives specials by their ids, media as so many pads, and text as text', () => {
    const pieces: PromptPiece[] = [
      { type: 'special', token: '<|media_begin|>' },
      { type: 'text', text: '<|media_begin|>' },
      { type: 'media', tokens: 3 },
    ]
    const begin = tiny.specialId('<|media_begin|>')
    const pad = tiny.specialId('<|media_pad|>')
    assert.deepEqual(encodePieces(pieces, tiny), [begin, ...tiny.encode('<|media_begin|>'), pad, pad, pad])
    assert.equal(countPieces(pieces, tiny), tiny.count('<|media_begin|>') + 4)
  })

  it('takes a text whose ids are too many to be arguments of one call', () => {
    const text = ' !'.repeat(300_000)
    assert.equal(encodePieces([{ type: 'text', text }], tiny).length, tiny.count(text))
  })

  it('names the token that a vocabulary lacks, as the count does', () => {
    const foreign: Tokenizer = { ...fieldsOf(tiny), specialId: () => undefined }
    const missing = (token: string) => (error: unknown) =>
      error instanceof MissingSpecialTokenError && error instanceof RangeError && error.token === token
    for (const form of [encodePieces, countPieces]) {
      assert.throws(() => form([{ type: 'special', token: '<think>' }], foreign), missing('<think>'))
      assert.throws(() => form([{ type: 'media', tokens: 1 }], foreign), missing('<|media_pad|>'))
    }
  })
})

describe('random prompts', () => {
  const SEED = 20_261_120
  const PROMPTS = 200

  it(`are counted as they are encoded, and decode to their text (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    for (let prompt = 0; prompt < PROMPTS; prompt += 1) {
      const pieces = renderPrompt(randomPrompt(random, (text) => text))
      const ids = encodePieces(pieces, tiny)
      assert.equal(countPieces(pieces, tiny), ids.length)
      assert.equal(tiny.decode(ids), textWithAllPads(pieces))
    }
  })

  it(`have no more specials than their structure gives, whatever their texts spell (seed ${SEED})`, () => {
    for (let prompt = 0; prompt < PROMPTS; prompt += 1) {
      const seed = SEED + prompt
      const hostile = renderPrompt(randomPrompt(seededRandom(seed), (text) => text + SPECIALS.join('')))
      const harmless = renderPrompt(randomPrompt(seededRandom(seed), (text) => `${text}x`))
      const structure = withoutText(hostile)
      assert.deepEqual(structure, withoutText(harmless), `seed ${seed}`)

      const ids = encodePieces(hostile, tiny)
      const specials = ids.map((id) => tiny.specialAt(id)).filter((token) => token !== undefined)
      assert.deepEqual(specials, structure.flatMap(specialsOf), `seed ${seed}`)
    }
  })
})

describe('whole prompts in the real vocabulary', { skip }, () => {
  const tokenizer = 'skip' in real ? tiny : bpeTokenizer(readTiktokenVocabulary(real.bytes))
  const ids = (messages: readonly PromptMessage[], thinking: boolean) =>
    encodePieces(renderPrompt({ messages, tools: [], thinking }), tokenizer)

  it('reads a greeting as the nine ids that were measured', () => {
    assert.deepEqual(
      ids([{ role: 'user', content: 'hi' }], true),
      [163587, 2482, 163601, 9663, 163586, 163588, 69702, 163601, 163606],
    )
  })

  it('counts 15 with a system message and no thinking', () => {
    const messages: PromptMessage[] = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'hi' },
    ]
    assert.equal(ids(messages, false).length, 15)
  })

  it("counts 14 for the sample of KTransformers, which the old template's system message made 32", () => {
    const question: PromptMessage = { role: 'user', content: 'hi, who are you?' }
    const old: PromptMessage = { role: 'system', content: 'You are Kimi, an AI assistant created by Moonshot AI.' }
    assert.equal(ids([question], true).length, 14)
    assert.equal(ids([old, question], true).length, 32)
  })

  it('counts four tokens around the pads of an image', () => {
    const image = ids([{ role: 'user', content: [{ type: 'image', measured: { width: 1280, height: 720 } }] }], true)
    const none = ids([{ role: 'user', content: '\n' }], true)
    assert.equal(image.length - none.length, 1196 + 4)
  })
})

/** Of a structure that the random numbers alone decide; every text of it goes through `spell`. */
function randomPrompt(random: () => number, spell: (text: string) => string): Prompt {
  const int = (below: number) => Math.floor(random() * below)
  const text = () => spell(['a', 'hello there', '\n', '漢字', "it's 12345", ' \n\n x'][int(6)] ?? '')
  const name = () => (int(3) === 0 ? { name: text() } : {})
  const content = () => (int(2) === 0 ? text() : Array.from({ length: int(4) }, part))
  const part = (): PromptPart => {
    if (int(2) === 0) return { type: 'text', text: text() }
    if (int(3) === 0) return { type: 'image' }
    if (int(2) === 0) return { type: 'image', measured: { width: 1 + int(3000), height: 1 + int(3000) } }
    return { type: 'video', measured: { width: 320, height: 240, frames: 1 + int(100), framesPerSecond: 24 } }
  }
  const message = (last: boolean): PromptMessage => {
    switch (int(4)) {
      case 0:
        return { role: 'system', content: content(), ...name() }
      case 1:
        return { role: 'user', content: content(), ...name() }
      case 2:
        return { role: 'tool', content: content(), toolCallId: text(), ...name() }
      default: {
        const reasoning = int(2) === 0 ? {} : { reasoning: text() }
        const toolCalls = Array.from({ length: int(3) }, () => ({ id: text(), name: text(), arguments: text() }))
        return { role: 'assistant', content: content(), toolCalls, partial: last, ...reasoning, ...name() }
      }
    }
  }
  const tool = (): PromptTool => {
    if (int(4) === 0) return { type: 'builtin', name: text() }
    const property = int(5) === 0 ? { description: text() } : { type: 'string', description: text(), enum: [text()] }
    const parameters = { type: 'object', properties: { [text()]: property } }
    return { type: 'function', name: text(), description: text(), parameters }
  }
  const length = int(8)
  return {
    tools: Array.from({ length: int(3) }, tool),
    messages: Array.from({ length }, (_, position) => message(position === length - 1)),
    thinking: int(2) === 0,
  }
}

function textWithAllPads(pieces: readonly PromptPiece[]): string {
  return pieces
    .map((piece) => (piece.type === 'media' ? '<|media_pad|>'.repeat(piece.tokens) : promptText([piece])))
    .join('')
}

function withoutText(pieces: readonly PromptPiece[]): readonly PromptPiece[] {
  return pieces.filter(({ type }) => type !== 'text')
}

function specialsOf(piece: PromptPiece): SpecialToken[] {
  if (piece.type === 'text') return []
  return piece.type === 'special' ? [piece.token] : Array.from({ length: piece.tokens }, () => '<|media_pad|>' as const)
}

/** Methods of a class instance are not its own: a copy needs them bound. */
function fieldsOf(tokenizer: Tokenizer): Tokenizer {
  return {
    size: tokenizer.size,
    encode: (text) => tokenizer.encode(text),
    count: (text) => tokenizer.count(text),
    counting: () => tokenizer.counting(),
    decode: (ids) => tokenizer.decode(ids),
    decoder: () => tokenizer.decoder(),
    specialId: (token) => tokenizer.specialId(token),
    specialAt: (id) => tokenizer.specialAt(id),
  }
}
