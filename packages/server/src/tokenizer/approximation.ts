/**
 * The stand-in for a missing vocabulary: o200k, which is open, of like size (199,998 ranks), and inside a package that
 * is kept well. Kimi's split pattern and template stay; only the merges differ. How far off that is stands in
 * `docs/tokenizer.md`.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Tokenizer, bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'

export const APPROXIMATION = 'o200k_base (gpt-tokenizer)'

/** A vocabulary in tiktoken's format, 3.6 MB. Read when it is asked for, and kept by nobody. */
export function readApproximation(): Uint8Array {
  return readFileSync(fileURLToPath(import.meta.resolve('gpt-tokenizer/data/o200k_base.tiktoken')))
}

let tokenizer: Tokenizer | undefined

/** One for all servers of a process: it is made of a file that never changes, and has no state of its own between calls. */
export function approximateTokenizer(): Tokenizer {
  return (tokenizer ??= bpeTokenizer(readTiktokenVocabulary(readApproximation())))
}

export function isApproximateTokenizerMade(): boolean {
  return tokenizer !== undefined
}
