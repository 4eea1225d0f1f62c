/** The values that a text holds: what stands in quotes, numbers, dates, addresses, names, and where each of them is. */

type ValueKind =
  | 'quoted'
  | 'code'
  | 'url'
  | 'email'
  | 'date'
  | 'time'
  | 'phone'
  | 'path'
  | 'identifier'
  | 'number'
  | 'proper'

export interface FoundValue {
  readonly kind: ValueKind
  /** Without quotes or fences; numbers without thousands separators. */
  readonly text: string
  /** Where it stands in the text, quotes included. */
  readonly start: number
  readonly end: number
  /** The word before it and the word after it in lower case, `''` where there is none in the same sentence. */
  readonly before: string
  readonly after: string
}

/** Values of one text that are looked at. A page of figures is not a question about each of them. */
const MAXIMUM_VALUES = 400

/** In the order of the text. What one kind has claimed, no later kind sees: the order of `FINDERS` decides. */
export function findValues(text: string): FoundValue[] {
  const claimed = new Uint8Array(text.length)
  const values: FoundValue[] = []
  for (const { kind, pattern, accept } of FINDERS) {
    for (const match of text.matchAll(pattern)) {
      if (values.length >= MAXIMUM_VALUES) break
      const found = placeOf(match, accept, text)
      if (found === undefined) continue
      const { value, start, end } = found
      if (claimed.subarray(start, end).includes(1)) continue
      claimed.fill(1, start, end)
      values.push({ kind, text: value, start, end, before: wordBefore(text, start), after: wordAfter(text, end) })
    }
  }
  return values.toSorted((one, other) => one.start - other.start)
}

function placeOf(
  match: RegExpExecArray,
  accept: Finder['accept'],
  text: string,
): { value: string; start: number; end: number } | undefined {
  const [whole, ...groups] = match
  const inner = groups.find((group) => group !== undefined)
  if (inner !== undefined) return { value: inner, start: match.index, end: match.index + whole.length }
  const value = accept === undefined ? whole : accept(whole, match.index, text)
  if (value === undefined || value === '') return undefined
  const start = match.index + whole.indexOf(value)
  return { value, start, end: start + value.length }
}

/**
 * The values that are named together with `value`, as in "Paris, London and Rome": itself alone when it stands alone.
 * "Paris, France" is one place, so two names joined by a comma alone make no list.
 */
export function listAround(text: string, values: readonly FoundValue[], value: FoundValue): FoundValue[] {
  const at = values.indexOf(value)
  const joined = (left: FoundValue | undefined, right: FoundValue | undefined): boolean =>
    left !== undefined &&
    right !== undefined &&
    left.kind === right.kind &&
    JOINERS.test(text.slice(left.end, right.start))
  let first = at
  while (joined(values[first - 1], values[first])) first -= 1
  let last = at
  while (joined(values[last], values[last + 1])) last += 1
  const list = values.slice(first, last + 1)
  const [one, two] = list
  const onlyComma =
    list.length === 2 && one !== undefined && two !== undefined && text.slice(one.end, two.start).trim() === ','
  return onlyComma && value.kind === 'proper' ? [value] : list
}

const JOINERS = /^\s*(?:,|、|，|and|or|&|和|与|,\s*and|,\s*or)\s*(?:in\s+|at\s+|for\s+|to\s+)?$/i

interface Finder {
  readonly kind: ValueKind
  /** Group 1, 2 … hold the value where it is not the whole match. Every repetition is bounded or cannot backtrack. */
  readonly pattern: RegExp
  /** The value of a match, or `undefined` to leave the match to later kinds. */
  readonly accept?: (match: string, index: number, text: string) => string | undefined
}

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\\.?'
const WEEKDAY = '(?:mon|tues|wednes|thurs|fri|satur|sun)day'

const FINDERS: readonly Finder[] = [
  {
    kind: 'code',
    pattern: /```[\w-]{0,20}\n([^`]{1,4000})```|`([^`\n]{1,500})`/g,
  },
  {
    kind: 'quoted',
    pattern:
      /"([^"\n]{1,500})"|“([^”\n]{1,500})”|「([^」\n]{1,500})」|‘([^’\n]{1,500})’|(?<![\p{L}\p{N}])'([^'\n]{1,500})'(?![\p{L}\p{N}])/gu,
  },
  {
    kind: 'url',
    pattern: /\b(?:https?:\/\/|www\.)[^\s<>"'`]{2,2000}/gi,
    accept: (match) => match.replace(/[.,;:!?)\]}]+$/, ''),
  },
  { kind: 'email', pattern: /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?![\w-])/g },
  {
    kind: 'date',
    pattern: new RegExp(
      [
        '\\b\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,6})?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?(?![\\d-])',
        '\\b\\d{4}/\\d{1,2}/\\d{1,2}\\b',
        '\\b\\d{1,2}/\\d{1,2}/\\d{2,4}\\b',
        `\\b${MONTH} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?\\b`,
        `\\b\\d{1,2}(?:st|nd|rd|th)? (?:of )?${MONTH}(?:,? \\d{4})?(?![a-z])`,
        `\\b(?:today|tonight|tomorrow|yesterday|(?:next|last|this) (?:week|month|year|weekend|${WEEKDAY})|${WEEKDAY})\\b`,
        '今天|明天|后天|昨天',
      ].join('|'),
      'gi',
    ),
  },
  {
    kind: 'time',
    pattern: /\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]m\b|\b(?:noon|midnight)\b/gi,
  },
  { kind: 'phone', pattern: /(?<![\w.])(?:\+\d[\d\s-]{6,16}\d|\d{3}-\d{3,4}-\d{4})(?![\w-])/g },
  {
    kind: 'path',
    pattern:
      /(?<![\w@/.-])(?:~|\.{1,2})?(?:\/[\w.@-]{1,128}){1,20}\/?|(?<![\w@/.-])[\w-]{1,64}(?:\/[\w.-]{1,128}){0,20}\.[a-z][a-z0-9]{0,4}\b(?![\w@/])/gi,
    // "and/or" and "e.g" are no files, and neither is the end of a sentence without a space behind it.
    accept: (match) =>
      /^(?:e\.g|i\.e|and\/or|a\.m|p\.m)$/i.test(match) || match === '/' ? undefined : match.replace(/\.$/, ''),
  },
  {
    kind: 'identifier',
    pattern:
      /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[A-Z]{1,6}-?\d{2,12}\b|(?<!\w)#\d{1,12}\b|\b[a-z]{2,20}[-_]\d{1,12}\b/g,
  },
  {
    kind: 'number',
    pattern:
      /(?<![\p{L}\p{N}_.])-?\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?(?![\p{L}\d])|(?<![\p{L}\p{N}_.])-?\d{1,20}(?:\.\d{1,20})?(?![\d])/gu,
  },
  {
    kind: 'number',
    pattern: /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b/gi,
  },
  {
    kind: 'proper',
    pattern:
      /(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{N}'’&-]{0,40}(?: (?:(?:de|da|del|la|le|van|von|der|of) )?\p{Lu}[\p{L}\p{N}'’&-]{0,40}){0,6}/gu,
    accept: properName,
  },
]

/** The number that a found value of kind `number` stands for. */
export function numberOf(text: string): number {
  return NUMBER_WORDS.get(text.toLowerCase()) ?? Number(text.replaceAll(',', ''))
}

const NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ['zero', 0],
  ['one', 1],
  ['two', 2],
  ['three', 3],
  ['four', 4],
  ['five', 5],
  ['six', 6],
  ['seven', 7],
  ['eight', 8],
  ['nine', 9],
  ['ten', 10],
  ['eleven', 11],
  ['twelve', 12],
  ['twenty', 20],
  ['thirty', 30],
  ['forty', 40],
  ['fifty', 50],
  ['hundred', 100],
])

/**
 * A run of capitalised words is a name, but at the start of a sentence the first word is capitalised anyway: there it
 * counts only when what follows speaks of it as of a name.
 */
function properName(match: string, index: number, text: string): string | undefined {
  let name = match.replace(/['’]s$/, '').replace(/['’&-]+$/, '')
  if (startsSentence(text, index)) {
    const first = /^[^ ]+/.exec(name)?.[0] ?? ''
    const rest = name.slice(first.length).trimStart()
    if (OPENERS.has(first.toLowerCase())) name = rest
    else if (rest === '' && !SPOKEN_OF.test(text.slice(index + match.length)) && !/['’]s$/.test(match)) {
      // A message that is nothing but a name, such as the answer to "Which city?".
      if (text.trim().replace(/[.!?]+$/, '') !== match) name = ''
    }
  }
  return name === '' || NOT_NAMES.test(name) ? undefined : name
}

function startsSentence(text: string, index: number): boolean {
  return (
    /(?:^|[.!?:;\n。！？：]\s*["“'(*-]?\s*)$/.test(text.slice(Math.max(0, index - 6), index)) ||
    text.slice(0, index).trim() === ''
  )
}

const SPOKEN_OF =
  /^,? (?:is|was|are|were|has|had|lives|lived|works|worked|likes|loves|wants|earned|and|or|who|,)\b|^, ?\p{Lu}/u
const NOT_NAMES =
  /^(?:I|I['’]m|I['’]ll|I['’]d|I['’]ve|A|OK|JSON|API|URL|URLs|HTML|CSV|XML|YAML|SQL|HTTP|PDF|ID|AI|UTC|GMT|AM|PM)$/

/** Words that begin sentences without being names. */
const OPENERS: ReadonlySet<string> = new Set(
  (
    'a an the i you he she it we they my your our this that these those there here what which who whom whose when where ' +
    'why how is are was were do does did can could will would shall should may might must have has had am be please and ' +
    'or but if then so also now ok okay yes no not hi hello hey dear thanks thank use call run search find look get give ' +
    'show tell list send write read book order buy add remove delete create make set update change check calculate ' +
    'compute convert translate summarize summarise extract return answer reply respond say repeat count open close start ' +
    'stop play schedule remind describe explain compare generate plan in on at for from to with by of into about after ' +
    'before return output print format parse classify fill let need want try fetch query lookup email mail message name ' +
    'city location date time weather hotel flight given using first second third next finally both all each every some ' +
    "don doesn it’s it's what’s what's where's who's how's let's i'm i’m i'd i'll i've"
  ).split(' '),
)

function wordBefore(text: string, start: number): string {
  const [, word] = /([\p{L}\p{N}_]+)[^\p{L}\p{N}.!?\n]{0,3}$/u.exec(text.slice(Math.max(0, start - 40), start)) ?? []
  return (word ?? '').toLowerCase()
}

function wordAfter(text: string, end: number): string {
  const [, word] = /^[^\p{L}\p{N}.!?\n%]{0,3}([\p{L}_]+|%)/u.exec(text.slice(end, end + 40)) ?? []
  return (word ?? '').toLowerCase()
}
