/** What the tokenizers are given: texts that nobody has to download, each piece of them once. */

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../test/support/every-split.ts'
import { SAMPLE_TEXTS } from './sample-texts.ts'

export interface Corpus {
  readonly name: string
  readonly pieces: readonly string[]
}

/** UTF-16 units: long enough to fill the processor's caches anew, short enough not to be cut by the model's own limits. */
const PIECE = 150_000
/** Both merge one long run slowly; theirs in quadratic time. */
const RUN = 10_000
const SEED = 20_261_120

/** So many pieces of each kind, none of them twice. */
export function corpora(pieces: number): Corpus[] {
  const random = seededRandom(SEED)
  const times = (make: () => string): string[] => Array.from({ length: pieces }, make)
  const mixture = [...Object.values(SCRIPTS), [0x30, 0x39] as const, [0x1f600, 0x1f64f] as const]
  const samples = Object.values(SAMPLE_TEXTS).flatMap((text) => phrasesOf(text))
  const chinese = phrasesOf(SAMPLE_TEXTS['Chinese'] ?? '')
  const usual = [
    { name: 'English prose (README files)', pieces: filesOf(['.md'], pieces) },
    { name: 'code (TypeScript, JavaScript)', pieces: filesOf(['.ts', '.js', '.mjs'], pieces) },
    { name: 'prose in many languages, shuffled', pieces: times(() => shuffled(random, samples)) },
    { name: 'Chinese prose, shuffled', pieces: times(() => shuffled(random, chinese)) },
  ]
  return [
    ...usual,
    { name: 'mixed: a quarter of each of these four', pieces: mixed(usual, pieces) },
    { name: 'random letters', pieces: times(() => words(random, [[0x61, 0x7a]])) },
    { name: 'random Han', pieces: times(() => words(random, [SCRIPTS.han])) },
    { name: 'random scripts', pieces: times(() => words(random, mixture)) },
    { name: 'random bytes of ASCII', pieces: times(() => words(random, [[0x20, 0x7e]])) },
    {
      name: 'one long run',
      pieces: times(() =>
        words(random, [[0x61, 0x7a]])
          .replaceAll(' ', '')
          .slice(0, RUN),
      ),
    },
  ]
}

/** Put together from the beginnings of the others' pieces. The tokenizers remember nothing, so they may come again. */
function mixed(kinds: readonly Corpus[], pieces: number): string[] {
  const share = PIECE / kinds.length
  return Array.from({ length: pieces }, (_, round) =>
    kinds.map(({ pieces: texts }) => (texts[round] ?? '').slice(0, share).toWellFormed()).join('\n'),
  )
}

type Range = readonly [first: number, last: number]

const SCRIPTS = {
  latin: [0x61, 0x7a],
  han: [0x4e00, 0x9fff],
  kana: [0x3041, 0x30fa],
  hangul: [0xac00, 0xd7a3],
  cyrillic: [0x400, 0x4ff],
  arabic: [0x620, 0x64a],
  devanagari: [0x904, 0x939],
  thai: [0xe01, 0xe3a],
} as const satisfies Readonly<Record<string, Range>>

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Files of the installed packages, each once and a part of it only: a run of 25,000 characters is cut, and not by tiktoken. */
function filesOf(endings: readonly string[], pieces: number): string[] {
  const paths = readdirSync(join(root, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const random = seededRandom(SEED)
  const found: string[] = []
  const seen = new Set<string>()
  let text = ''
  while (found.length < pieces && paths.length > 0) {
    const [path = ''] = paths.splice(Math.floor(random() * paths.length), 1)
    const part = readFileSync(path, 'utf8').slice(0, 20_000)
    // Licences and the like come with many packages.
    if (seen.has(part.slice(0, 200))) continue
    seen.add(part.slice(0, 200))
    text += part
    if (text.length < PIECE) continue
    found.push(text.toWellFormed())
    text = ''
  }
  if (found.length < pieces) throw new Error(`not enough text in files that end in ${endings.join(', ')}`)
  return found
}

function phrasesOf(text: string): string[] {
  return text.split(/(?<=[\p{P}\s])/u)
}

function shuffled(random: () => number, phrases: readonly string[]): string {
  let text = ''
  while (text.length < PIECE) text += phrases[Math.floor(random() * phrases.length)] ?? ''
  return text
}

/** Words of one to nine characters, each of one range. */
function words(random: () => number, ranges: readonly Range[]): string {
  let text = ''
  while (text.length < PIECE) {
    const [first, last] = ranges[Math.floor(random() * ranges.length)] ?? [0x61, 0x7a]
    for (let left = 1 + Math.floor(random() * 9); left > 0; left -= 1) {
      text += String.fromCodePoint(first + Math.floor(random() * (last - first + 1)))
    }
    if (random() < 0.7) text += ' '
  }
  return text
}
