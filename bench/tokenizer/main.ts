/**
 * The tokenizer and the template against what others count with: the `tiktoken` package in WASM, and `@huggingface/jinja`.
 *
 *     MOONBASE_TOKENIZER=tiktoken.model npm run bench:tokens
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { kimiWasm } from '../../test/support/kimi-wasm.ts'
import { realVocabulary } from '../../test/support/real-vocabulary.ts'
import { type Pair, ratioOf, spreadOf } from '../paired.ts'
import { type Row, figure, table, times, whole } from '../report/table.ts'
import { median } from '../statistics.ts'
import { corpora } from './corpora.ts'
import { type CountedConversations, OUR_COUNT, THEIR_COUNT, countConversations } from './count-conversation.ts'
import { MESSAGES } from './conversations.ts'
import { type Encoded, encodeInTurn } from './encode-texts.ts'

const ENCODING_HEAD: Row = [
  'text',
  'bytes a token',
  'moonbase MB/s',
  'best',
  'M tokens/s',
  'tiktoken MB/s',
  'best',
  'M tokens/s',
  'ratio',
]
const ROUNDS = 9
/** Rounds before those that count, for the compiler. */
const WARM_UP = 2

const found = realVocabulary()
if ('skip' in found) {
  console.error(found.skip)
  process.exit(1)
}
const vocabulary = found.bytes

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const ours = opened('moonbase', () => bpeTokenizer(readTiktokenVocabulary(vocabulary)))
const theirs = opened('tiktoken', () => kimiWasm(vocabulary))

const kinds = corpora(WARM_UP + ROUNDS)
for (const { pieces } of kinds) await encodeInTurn(pieces.slice(0, WARM_UP), ours, theirs)
const rows: Row[] = []
for (const { name, pieces } of kinds) {
  rows.push(encodingRow(name, await encodeInTurn(pieces.slice(WARM_UP), ours, theirs)))
}
console.log(`\n${table(ENCODING_HEAD, rows)}`)
console.log('\nratio: how many times as quick as tiktoken; the goal is at least 3 on mixed text\n')
console.log(conversationTable(await countConversations(ROUNDS, WARM_UP, ours, theirs)))
console.log('\nratio: how many times as quick the first row is')
theirs.free()

/** Says what it takes to have a tokenizer at all. */
function opened<Opened>(name: string, open: () => Opened): Opened {
  collectGarbage()
  const before = process.memoryUsage.rss()
  const start = performance.now()
  const tokenizer = open()
  const ms = performance.now() - start
  collectGarbage()
  const megabytes = (process.memoryUsage.rss() - before) / 1e6
  console.log(`${name}: ready after ${whole(ms)} ms, holds ${whole(megabytes)} MB`)
  return tokenizer
}

function encodingRow(name: string, rounds: readonly Encoded[]): Row {
  const pairs = rounds.map(({ pair }) => pair)
  const rates = (side: keyof Pair): string[] => [
    figure(median(rounds.map(({ bytes, pair }) => bytes / pair[side] / 1e6))),
    figure(Math.max(...rounds.map(({ bytes, pair }) => bytes / pair[side] / 1e6))),
    figure(median(rounds.map(({ tokens, pair }) => tokens / pair[side] / 1e6))),
  ]
  return [
    name,
    figure(median(rounds.map(({ bytes, tokens }) => bytes / tokens))),
    ...rates('ours'),
    ...rates('theirs'),
    times(ratioOf(pairs)),
  ]
}

function conversationTable({ tokens, ways }: CountedConversations): string {
  const first = ways.get(OUR_COUNT) ?? []
  const lines = Array.from(ways, ([name, ms]) => {
    const { median: middle, least } = spreadOf(ms)
    const pairs = ms.map((took, round) => ({ theirs: took, ours: first[round] ?? Number.NaN }))
    return [name, figure(middle), figure(least), name === THEIR_COUNT ? times(ratioOf(pairs)) : '']
  })
  return table([`ms for ${MESSAGES} messages, ${whole(median(tokens))} tokens`, 'median', 'least', 'ratio'], lines)
}
