/**
 * How far the approximate token counts are off: o200k's merges under Kimi's pattern, against Kimi's own vocabulary.
 *
 *     MOONBASE_TOKENIZER=tiktoken.model node bench/tokenizer/approximation.ts
 *
 * With MOONBASE_SHARED, the folder that holds the goldens, the vocabulary is taken from there and the goldens are
 * measured too. Prints the table of `docs/tokenizer.md`.
 */

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SPECIAL_TOKENS, type Tokenizer, bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { openTokenizer } from '../../packages/server/src/tokenizer/index.ts'
import { realVocabulary } from '../../test/support/real-vocabulary.ts'
import { SAMPLE_TEXTS } from './sample-texts.ts'

/** A named text or several, counted together and each for itself. */
interface Sample {
  readonly name: string
  readonly texts: readonly string[]
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const shared = process.env['MOONBASE_SHARED']
const vocabulary = realVocabulary()
if ('skip' in vocabulary) throw new Error(vocabulary.skip)

const SPECIALS = new RegExp(`(${Object.keys(SPECIAL_TOKENS).map(escaped).join('|')})`)

const exact = bpeTokenizer(readTiktokenVocabulary(vocabulary.bytes))
const approximate = (
  await openTokenizer({ tokenizer: undefined, dataFolder: join(root, 'no-such-folder') })
).tokenizer()

console.log('| text | texts | Kimi | approximate | error of the sum | largest error of one |')
console.log('|---|--:|--:|--:|--:|--:|')
for (const sample of samples()) console.log(row(sample))

function* samples(): Generator<Sample> {
  if (shared !== undefined) {
    const goldens: { text: string }[] = JSON.parse(golden('tokenizer.json', shared))
    yield { name: 'goldens: strings', texts: goldens.map(({ text }) => text) }
    const prompts: { out: Record<string, string> } = JSON.parse(golden('chat-template.json', shared))
    yield { name: 'goldens: whole prompts', texts: Object.values(prompts.out) }
  }
  for (const [name, text] of Object.entries(SAMPLE_TEXTS)) yield { name, texts: [text] }
  yield { name: 'TypeScript (this code)', texts: filesIn('packages/core/src/generation', '.ts') }
  yield { name: 'Markdown (these pages)', texts: filesIn('docs', '.md') }
  yield { name: 'JSON (our schemas)', texts: filesIn('docs/schemas', '.json') }
}

function golden(name: string, folder: string): string {
  return readFileSync(join(folder, 'data/goldens', name), 'utf8')
}

function filesIn(folder: string, end: string): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(end))
  return names.toSorted().map((name) => readFileSync(join(root, folder, name), 'utf8'))
}

function row({ name, texts }: Sample): string {
  const counts = texts.map((text) => ({ exact: count(text, exact), approximate: count(text, approximate) }))
  const sum = counts.reduce((all, one) => all + one.exact, 0)
  const approximateSum = counts.reduce((all, one) => all + one.approximate, 0)
  const largest = counts.reduce((worst, one) => {
    const error = one.approximate / one.exact - 1
    return Math.abs(error) > Math.abs(worst) ? error : worst
  }, 0)
  const cells = [name, texts.length, sum, approximateSum, percent(approximateSum / sum - 1), percent(largest)]
  return `| ${cells.join(' | ')} |`
}

/** Golden prompts are text with the names of special tokens in it, each of which is one token. */
function count(text: string, tokenizer: Tokenizer): number {
  const parts = text.split(SPECIALS)
  return parts.reduce((all, part, index) => all + (index % 2 === 1 ? 1 : tokenizer.count(part)), 0)
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`
}

function escaped(name: string): string {
  return name.replace(/[[\]|]/g, '\\$&')
}
