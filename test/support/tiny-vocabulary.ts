/** A byte-pair vocabulary of a few hundred tokens, trained on a page of text, for the tiny model of the tests. */

export interface TinyVocabulary {
  /** By id: bytes and merges in GPT-2's printable form, then the special tokens by their names. */
  readonly tokens: readonly string[]
  /** How many of them are no special tokens. */
  readonly ranks: number
  /** `left right`, in the order of their ranks. */
  readonly merges: readonly string[]
  /** By id: how often the token came in the text, or what its kind is given. Always above 0. */
  readonly priors: readonly number[]
}

export interface TinyVocabularyOptions {
  /** Special tokens, which end answers, hardly ever come. */
  readonly endless?: boolean
  /** Pieces that no text is cut into, but that the model may write, in printable form, each with its prior. */
  readonly strays?: Readonly<Record<string, number>>
}

export function tinyVocabulary(
  specialNames: readonly string[],
  { endless = false, strays = {} }: TinyVocabularyOptions = {},
): TinyVocabulary {
  const words = CORPUS.match(/ ?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu) ?? []
  const symbols = words.map((word) => Array.from(Buffer.from(word), printable))
  const merges: string[] = []
  const merged: string[] = []
  const known = new Set<string>()
  while (merges.length < MERGES) {
    const pair = mostFrequentPair(symbols)
    if (pair === undefined) break
    const [left, right] = pair
    for (const word of symbols) mergeWithin(word, left, right)
    // Two pairs may make one text; the vocabulary has one token for it, made by the first.
    if (known.has(left + right)) continue
    known.add(left + right)
    merges.push(`${left} ${right}`)
    merged.push(left + right)
  }
  const texts = [...Array.from({ length: 256 }, (_, byte) => printable(byte)), ...merged, ...Object.keys(strays)]
  const counts = new Map<string, number>()
  for (const symbol of symbols.flat()) counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
  const total = symbols.flat().length
  return {
    tokens: [...texts, ...specialNames],
    ranks: texts.length,
    merges,
    priors: [
      ...texts.map((text) => strays[text] ?? STRUCTURAL[text] ?? (counts.get(text) ?? RARE) / total),
      ...specialNames.map((name) => (endless ? 1e-9 : (SPECIAL_PRIORS[name] ?? 0.002))),
    ],
  }
}

const MERGES = 320
const RARE = 0.05

/** What closes a string or a list comes often enough that no answer rambles on. */
const STRUCTURAL: Readonly<Record<string, number>> = { '"': 0.1, '}': 0.06, ']': 0.06, ',': 0.02, ':': 0.02 }

/** A special token where none belongs is given a fair chance, so that tests would see it slip through. */
const SPECIAL_PRIORS: Readonly<Record<string, number>> = {
  '<|im_end|>': 0.03,
  '<|end|>': 0.03,
  '</think>': 0.04,
  '<|tool_calls_section_begin|>': 0.004,
  '<|tool_call_begin|>': 0.004,
  '<|tool_calls_section_end|>': 0.006,
}

const CORPUS = `The moon is a quiet place. A small base stands near the south pole, where the sun is low and the shadows
are long. Every morning the crew reads the weather, checks the air and the water, and writes a report: {"city": "Luna",
"days": 3, "unit": "c", "tags": ["cold", "dry"], "done": true, "name": null}. "What is the time?" she asks. "It is ten
past nine," he answers, and the search for ice goes on. They walk, they measure, they count stones, they send numbers home:
12, 345, 2026, 1.5 and 0.25. Some days nothing happens. On other days the ground shakes, the lights go out, and everyone
runs to the tools that were put away the week before. The user asks the assistant, the assistant calls a function, the
function returns a value, and the answer is given in plain words. Nobody knows why the stones there are so blue. Please tell
me about the weather in the city. 月球上的天气很冷。今天天气怎么样？你好，世界！Погода на Луне холодная. L'été est loin, là-haut. The end of the
story is not the end of the moon; it is only where the paper stops, and where another morning begins again and again.
`

function mostFrequentPair(words: readonly (readonly string[])[]): readonly [left: string, right: string] | undefined {
  const counts = new Map<string, { left: string; right: string; count: number }>()
  for (const word of words) {
    for (let index = 1; index < word.length; index += 1) {
      const [left = '', right = ''] = [word[index - 1], word[index]]
      const key = `${left} ${right}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { left, right, count: 1 })
      else entry.count += 1
    }
  }
  let best: { left: string; right: string; count: number } | undefined
  for (const entry of counts.values()) if (entry.count > (best?.count ?? 0)) best = entry
  return best === undefined ? undefined : [best.left, best.right]
}

function mergeWithin(word: string[], left: string, right: string): void {
  for (let index = 1; index < word.length; index += 1) {
    if (word[index - 1] === left && word[index] === right) word.splice(index - 1, 2, left + right)
  }
}

/** GPT-2's way to write bytes as printable characters: those that print stand for themselves, the rest move past U+0100. */
function printable(byte: number): string {
  if ((byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae)
    return String.fromCodePoint(byte)
  const place = byte <= 0x20 ? byte : byte <= 0xa0 ? byte - 0x7f + 0x21 : 0x21 + 0x22
  return String.fromCodePoint(0x100 + place)
}
