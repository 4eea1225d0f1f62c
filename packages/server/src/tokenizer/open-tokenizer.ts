/** Opening what a server counts tokens with: Kimi's vocabulary where there is one, else a stated approximation. */

import type { TokenCounter } from '@moonbase/core/generation'
import { type Tokenizer, VocabularyError, bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { StartError } from '../records/start-error.ts'
import { APPROXIMATION, approximateTokenizer, isApproximateTokenizerMade, readApproximation } from './approximation.ts'
import { CountingThread } from './counting-thread.ts'
import { serverTokenCounter } from './token-counter.ts'
import { type VocabularyFile, type VocabularyPlaces, findVocabulary } from './vocabulary-file.ts'

export interface OpenTokenizer {
  readonly counter: TokenCounter
  /** Made when it is first asked for where the counts are approximate: two tenths of a second, once for a process. */
  readonly tokenizer: () => Tokenizer
  /** What the operator should know, as one line. */
  readonly startLine: string
  readonly description: TokenizerDescription
  /** Ends the counting thread, if one runs. */
  close(): Promise<void>
}

export interface TokenizerDescription {
  /** False when counts are an approximation, and every reply that shows one says so. */
  readonly exact: boolean
  /** The vocabulary's path, or the name of what stands in for it. */
  readonly source: string
  /** Of the vocabulary, in hexadecimal; a stand-in has none to compare. */
  readonly sha256: string | undefined
}

/**
 * Takes a `Configuration`, or the two paths of one, and how many prompts of one owner may wait. Starts nothing.
 *
 * @throws StartError when the vocabulary that should be used is missing or is none
 */
export async function openTokenizer(places: VocabularyPlaces, waitingOfOne?: number): Promise<OpenTokenizer> {
  const file = await findVocabulary(places)
  return file === undefined ? approximating(waitingOfOne) : countingWith(file, waitingOfOne)
}

function countingWith(file: VocabularyFile, waitingOfOne: number | undefined): OpenTokenizer {
  const tokenizer = tokenizerOf(file)
  return opened(
    () => tokenizer,
    () => true,
    () => file.bytes,
    startLineOf(file),
    {
      exact: true,
      source: file.path,
      sha256: file.sha256,
    },
    waitingOfOne,
  )
}

function approximating(waitingOfOne: number | undefined): OpenTokenizer {
  return opened(
    approximateTokenizer,
    isApproximateTokenizerMade,
    readApproximation,
    'token counts: approximate, since there is no vocabulary; `moonbase tokenizer pull` fetches it',
    { exact: false, source: APPROXIMATION, sha256: undefined },
    waitingOfOne,
  )
}

function opened(
  tokenizer: () => Tokenizer,
  isLoaded: () => boolean,
  vocabulary: () => Uint8Array,
  startLine: string,
  description: TokenizerDescription,
  waitingOfOne: number | undefined,
): OpenTokenizer {
  const thread = new CountingThread({ vocabulary, ...(waitingOfOne === undefined ? {} : { waitingOfOne }) })
  const counter = serverTokenCounter({ tokenizer, isLoaded, exact: description.exact, thread })
  return { counter, tokenizer, startLine, description, close: () => thread.close() }
}

function tokenizerOf({ path, bytes }: VocabularyFile): Tokenizer {
  try {
    return bpeTokenizer(readTiktokenVocabulary(bytes))
  } catch (error) {
    if (!(error instanceof VocabularyError)) throw error
    throw new StartError(
      [
        `tokenizer: ${path} is no vocabulary in tiktoken's format: ${error.message}`,
        'Mend or remove it; `moonbase tokenizer pull --force` fetches the vocabulary of Kimi K2.5 into the data folder.',
      ],
      error,
    )
  }
}

function startLineOf({ path, isKimis, sha256 }: VocabularyFile): string {
  if (isKimis) return `token counts: exact, with the vocabulary in ${path}`
  return `token counts: with the vocabulary in ${path}, which is not that of Kimi K2.5 (SHA-256 ${sha256})`
}
