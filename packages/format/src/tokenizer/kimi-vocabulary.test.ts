import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SPECIAL_TOKENS, type SpecialToken, bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { kimiWasm } from '../../../../test/support/kimi-wasm.ts'
import { randomText } from '../../../../test/support/random-text.ts'
import { realVocabulary } from '../../../../test/support/real-vocabulary.ts'

const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_120)
const ROUNDS = 100_000
const found = realVocabulary()
const shared = process.env['MOONBASE_SHARED']

describe("a tokenizer over the model's own vocabulary", () => {
  if ('skip' in found) {
    it('encodes as the model does', { skip: found.skip })
    return
  }
  const vocabulary = readTiktokenVocabulary(found.bytes)
  const tokenizer = bpeTokenizer(vocabulary)
  const wasm = kimiWasm(found.bytes)
  after(() => wasm.free())

  it("has Kimi's size and Kimi's special tokens", () => {
    assert.equal(tokenizer.size, 163_840)
    for (const [name, id] of vocabulary.specials) assert.equal(id, SPECIAL_TOKENS[name])
    assert.equal(vocabulary.specials.size, Object.keys(SPECIAL_TOKENS).length)
  })

  it(
    'gives the ids that Python gave',
    { skip: shared === undefined && 'needs MOONBASE_SHARED, where the goldens are' },
    () => {
      const goldens: { text: string; ids: number[] }[] = JSON.parse(
        readFileSync(join(shared ?? '', 'data', 'goldens', 'tokenizer.json'), 'utf8'),
      )
      assert.ok(goldens.length >= 20)
      for (const { text, ids } of goldens) {
        // Python was told to take special tokens for what they are.
        const encoded = text.split(SPECIAL_NAMES).flatMap((part) => {
          const id = tokenizer.specialId(part as SpecialToken)
          return id === undefined ? tokenizer.encode(part) : [id]
        })
        assert.deepEqual(encoded, ids, text)
        assert.equal(tokenizer.decode(ids), text)
      }
    },
  )

  it(`encodes ${ROUNDS} random texts as tiktoken does (seed ${seed})`, () => {
    const random = seededRandom(seed)
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = randomText(random, round % 500 === 0 ? 300 : 4)
      const ids = tokenizer.encode(text)
      const shown = (): string => `seed ${seed}, round ${round}: ${JSON.stringify(text)}`
      if (!same(ids, wasm.encode_ordinary(text))) {
        assert.deepEqual(ids, Array.from(wasm.encode_ordinary(text)), shown())
      }
      if (tokenizer.count(text) !== ids.length) assert.fail(`the count is wrong. ${shown()}`)
      if (tokenizer.decode(ids) !== text.toWellFormed()) assert.fail(`decoded to something else. ${shown()}`)
    }
  })

  it('encodes whole files as tiktoken does', () => {
    for (const path of ['../../../../README.md', '../../../../package-lock.json', './piece-end.ts']) {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8').slice(0, 300_000)
      assert.ok(same(tokenizer.encode(text), wasm.encode_ordinary(text)), path)
    }
  })

  it('merges long runs as tiktoken does', () => {
    const random = seededRandom(seed)
    const letters = Array.from({ length: 3000 }, () => String.fromCodePoint(0x61 + Math.floor(random() * 26)))
    for (const text of [letters.join(''), 'a'.repeat(3000), ' '.repeat(3000), '=-'.repeat(1500), 'aA'.repeat(1000)]) {
      assert.ok(same(tokenizer.encode(text), wasm.encode_ordinary(text)), text.slice(0, 20))
    }
  })
})

const SPECIAL_NAMES = new RegExp(
  `(${Object.keys(SPECIAL_TOKENS)
    .map((name) => name.replaceAll(/[|[\]]/g, String.raw`\$&`))
    .join('|')})`,
)

function same(ids: readonly number[], others: Uint32Array): boolean {
  return ids.length === others.length && ids.every((id, index) => id === others[index])
}
