/** A token counter for tests that need one and not its figures: the real code over a tiny vocabulary. */

import { type TokenCounter, modelTokenCounter } from '@moonbase/core/generation'
import { bpeTokenizer, vocabularyOf } from '@moonbase/format'
import { tinyBytePairs } from './tiny-byte-pairs.ts'

/** One token each, and so is every beginning of them: a test can count by words. */
const WORDS = ['one', ' one', 'two', ' two', 'three', ' three', 'four', ' four']

export function tinyCounter(): TokenCounter {
  const { tokens } = tinyBytePairs()
  const known = Array.from({ length: tokens.count }, (_, id) => tokens.bytesOf(id))
  const beginnings = WORDS.flatMap((word) => Array.from(word, (_, index) => word.slice(0, index + 1)))
  const added = [...new Set(beginnings)]
    .map((text) => Buffer.from(text))
    .filter((bytes) => tokens.find(bytes, 0, bytes.length) < 0)
  return modelTokenCounter(bpeTokenizer(vocabularyOf([...known, ...added])), { exact: true })
}
