/**
 * The tokenizer against the `tiktoken` package in WASM, on the same texts.
 *
 *     MOONBASE_TOKENIZER=tiktoken.model node bench/tokenizer/main.ts
 *
 * Every round encodes another 150,000 characters of each kind of text, first one way, then the other: nobody profits from having
 * seen a text before, and a machine that slows down slows both. The ids are compared. Figures are medians over the rounds.
 * Both begin each round with the processor's caches full of the other's tables, which costs the quicker one more.
 */

import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { kimiWasm } from '../../test/support/kimi-wasm.ts'
import { realVocabulary } from '../../test/support/real-vocabulary.ts'
import { median } from '../statistics.ts'
import { type Corpus, corpora } from './corpora.ts'

const HEAD = ['text', 'bytes a token', 'moonbase MB/s', 'tokens/s', 'tiktoken MB/s', 'tokens/s', 'ratio']
const ROUNDS = 9
/** Rounds before those that count, for the compiler. */
const WARM_UP = 2

const found = realVocabulary()
if ('skip' in found) {
  console.error(found.skip)
  process.exit(1)
}

const started = performance.now()
const vocabulary = readTiktokenVocabulary(found.bytes)
const ours = bpeTokenizer(vocabulary)
const loaded = performance.now()
const theirs = kimiWasm(found.bytes)
const theirsLoaded = performance.now()

console.log(
  `loading: moonbase ${(loaded - started).toFixed(0)} ms, tiktoken ${(theirsLoaded - loaded).toFixed(0)} ms\n`,
)

const kinds = corpora(WARM_UP + ROUNDS)
for (const { pieces } of kinds) for (const text of pieces.slice(0, WARM_UP)) measure(text)

const rows = kinds.map(row)
const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...rows].map((cells) => cells[column]?.length ?? 0)))
for (const cells of [HEAD, widths.map((width) => '-'.repeat(width)), ...rows]) {
  console.log(`| ${cells.map((cell, index) => pad(cell, widths[index] ?? 0, index)).join(' | ')} |`)
}
theirs.free()

function row({ name, pieces }: Corpus): string[] {
  const rounds = pieces.slice(WARM_UP).map(measure)
  const middle = (pick: (round: Round) => number): number => median(rounds.map(pick))
  const rate = (pick: (round: Round) => number): string[] => [
    middle((round) => round.bytes / pick(round) / 1e6).toFixed(1),
    `${middle((round) => round.tokens / pick(round) / 1e6).toFixed(2)} M`,
  ]
  return [
    name,
    middle(({ bytes, tokens }) => bytes / tokens).toFixed(2),
    ...rate(({ ours: seconds }) => seconds),
    ...rate(({ theirs: seconds }) => seconds),
    `${middle((round) => round.theirs / round.ours).toFixed(1)}×`,
  ]
}

interface Round {
  readonly bytes: number
  readonly tokens: number
  /** Seconds. */
  readonly ours: number
  readonly theirs: number
}

function measure(text: string): Round {
  const begin = performance.now()
  const ids = ours.encode(text)
  const middle = performance.now()
  const others = theirs.encode_ordinary(text)
  const end = performance.now()
  if (ids.length !== others.length || ids.some((id, index) => id !== others[index])) {
    throw new Error(`other ids than tiktoken for ${JSON.stringify(text.slice(0, 80))}…`)
  }
  return {
    bytes: Buffer.byteLength(text),
    tokens: ids.length,
    ours: (middle - begin) / 1000,
    theirs: (end - middle) / 1000,
  }
}

/** Words to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
