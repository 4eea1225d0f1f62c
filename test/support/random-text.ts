/** Random text in many scripts, rich in what a tokenizer may get wrong: spaces, marks, contractions, cases, digits, emoji. */

type Random = () => number

/** First and last code points. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x61, 0x7a],
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0x30, 0x39],
  [0x20, 0x7e],
  [0x00, 0x1f],
  [0x80, 0xff],
  [0x100, 0x24f],
  [0x2b0, 0x36f],
  [0x370, 0x3ff],
  [0x400, 0x52f],
  [0x531, 0x5f4],
  [0x600, 0x6ff],
  [0x900, 0x97f],
  [0xe01, 0xe5b],
  [0x10a0, 0x10ff],
  [0x1100, 0x11ff],
  [0x13a0, 0x13fd],
  [0x1e00, 0x1fff],
  [0x2000, 0x206f],
  [0x2070, 0x218f],
  [0x2190, 0x2bff],
  [0x2e80, 0x2fd5],
  [0x3000, 0x30ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0x4e00, 0x4fff],
  [0xa640, 0xa69f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfb00, 0xfdff],
  [0xfe00, 0xffff],
  [0x10000, 0x100fa],
  [0x10400, 0x1044f],
  [0x1d400, 0x1d7ff],
  [0x1f1e6, 0x1f1ff],
  [0x1f300, 0x1f64f],
  [0x20000, 0x2a6df],
  [0x2f800, 0x2fa1d],
  [0xe0100, 0xe01ef],
  [0x0, 0xffff],
  [0x0, 0x3ffff],
  [0x0, 0x10ffff],
]

/**
 * What Unicode 17 added, and older tables call unassigned: those of `tiktoken` 1.0.22, for one. These were the only ones
 * that it splits differently in a comparison over almost the whole code space; surrogates and most of planes 14 to 16 were
 * left out. A model has never seen them.
 */
const NEW_IN_UNICODE_17: readonly (readonly [first: number, last: number])[] = [
  [0x88f, 0x88f],
  [0xc5c, 0xc5c],
  [0xcdc, 0xcdc],
  [0x1acf, 0x1add],
  [0x1ae0, 0x1aeb],
  [0xa7ce, 0xa7cf],
  [0xa7d2, 0xa7d2],
  [0xa7d4, 0xa7d4],
  [0xa7f1, 0xa7f1],
  [0x10940, 0x10959],
  [0x10ec5, 0x10ec7],
  [0x10efa, 0x10efb],
  [0x11b60, 0x11b67],
  [0x11db0, 0x11ddb],
  [0x11de0, 0x11de9],
  [0x16ea0, 0x16eb8],
  [0x16ebb, 0x16ed3],
  [0x16ff2, 0x16ff6],
  [0x187f8, 0x187ff],
  [0x18d09, 0x18d1e],
  [0x18d80, 0x18df2],
  [0x1e6c0, 0x1e6de],
  [0x1e6e0, 0x1e6f5],
  [0x1e6fe, 0x1e6ff],
  [0x2b73a, 0x2b73f],
  [0x2cea2, 0x2cead],
  [0x323b0, 0x33479],
]

const SNIPPETS = [
  "'s",
  "'S",
  "'ſ",
  "'ll",
  "'Re",
  "'vE",
  "'",
  "''",
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\n\n\n',
  '\t',
  '\u00a0',
  '\u0085',
  '\u3000',
  '\u2028',
  '\ufeff',
  '\u200d',
  '\u0301',
  '\ud800',
  '\udc00',
  'ſ',
  'K',
  'ǅ',
  'ʰ',
  '々',
  '〇',
  '⺀',
  'Ⅷ',
  '½',
  '٣',
  '👩‍👩‍👧',
  '🏳️‍🌈',
  '<|im_end|>',
  '<think>',
  '[EOS]',
  'the ',
  ' function',
  'camelCase',
  'HTTPServer',
  '中文',
  '日本語',
  '한국어',
  'Привет',
  'नमस्ते',
  'สวัสดี',
  'العربية',
  '1234567',
  '{"a": [1, 2]}',
  '!!!\n',
  ' ==\n\n',
]

/** One to `words` runs of one to nine characters, of one kind each. */
export function randomText(random: Random, words: number): string {
  let text = ''
  for (let left = 1 + Math.floor(random() * words); left > 0; left -= 1) {
    text += random() < 0.35 ? pick(random, SNIPPETS) : run(random)
    if (random() < 0.3) text += ' '
  }
  return text
}

function run(random: Random): string {
  const [first, last] = pick(random, RANGES)
  const same = random() < 0.1
  let text = ''
  let codePoint = first + Math.floor(random() * (last - first + 1))
  for (let left = 1 + Math.floor(random() * 9); left > 0; left -= 1) {
    text += String.fromCodePoint(isLeftOut(codePoint) ? 0x3f : codePoint)
    if (!same) codePoint = first + Math.floor(random() * (last - first + 1))
  }
  return text
}

/** New ones, and halves of surrogate pairs, which come among the snippets. */
function isLeftOut(codePoint: number): boolean {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return true
  return NEW_IN_UNICODE_17.some(([first, last]) => codePoint >= first && codePoint <= last)
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}
