/** The tiny vocabulary of the tests as the tokenizer reads it: for tests that need ids, and not the model's own. */

import { type Vocabulary, readTiktokenVocabulary } from '@moonbase/format'
import { tinyVocabulary } from './tiny-vocabulary.ts'

/** Some 570 tokens, and Kimi's special tokens behind them. */
export function tinyBytePairs(): Vocabulary {
  return readTiktokenVocabulary(tinyTiktokenFile())
}

/** The same in tiktoken's text format, as a file would hold it. */
export function tinyTiktokenFile(): Uint8Array<ArrayBuffer> {
  const { tokens, ranks } = tinyVocabulary([])
  const bytes = bytesByCharacter(tokens)
  const lines = tokens.slice(0, ranks).map((token, rank) => {
    const base64 = Buffer.from(Array.from(token, (character) => bytes.get(character) ?? 0)).toString('base64')
    return `${base64} ${rank}\n`
  })
  return new TextEncoder().encode(lines.join(''))
}

/** The first 256 tokens are the single bytes, each written as one printable character. */
function bytesByCharacter(tokens: readonly string[]): ReadonlyMap<string, number> {
  return new Map(tokens.slice(0, 256).map((character, byte) => [character, byte]))
}
