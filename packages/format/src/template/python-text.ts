/**
 * Values from JSON as Python writes them, since the declaration of tools that the model was taught was written by
 * Python: `str()`, and `json.dumps` without escapes beyond ASCII.
 *
 * One thing cannot be told from a parsed number: whether JSON said `1` or `1.0`. Whole numbers are written as integers.
 */

/** How a value is written inside a list or an object. */
interface Style {
  readonly comma: string
  readonly colon: string
  readonly scalar: (value: unknown) => string
}

const COMPACT_JSON: Style = { comma: ',', colon: ':', scalar: jsonScalar }
const SPACED_JSON: Style = { comma: ', ', colon: ': ', scalar: jsonScalar }
const REPR: Style = { comma: ', ', colon: ': ', scalar: reprScalar }

/** `json.dumps(value, ensure_ascii=False, separators=(',', ':'))` of the value with all its keys sorted. */
export function compactJson(value: unknown): string {
  return write(value, COMPACT_JSON)
}

/** `json.dumps(value, ensure_ascii=False)` of the value with all its keys sorted. */
export function spacedJson(value: unknown): string {
  return write(value, SPACED_JSON)
}

/** `str(value)` of the value with all its keys sorted: a string as it stands, `None`, `True`, `False`. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : write(value, REPR)
}

/** The entries of an object in the order that Python sorts its keys in. */
export function sortedEntries(object: Readonly<Record<string, unknown>>): [key: string, value: unknown][] {
  return sortedKeys(object).map((key) => [key, object[key]])
}

/** Python compares strings by code point; JavaScript by code unit, which puts surrogates before U+E000. */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object)
  return keys.some((key) => SURROGATE.test(key)) ? keys.toSorted(compareByCodePoint) : keys.toSorted()
}

const SURROGATE = /[\ud800-\udfff]/

function compareByCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const unitA = a.charCodeAt(at)
    const unitB = b.charCodeAt(at)
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB)
  }
  return a.length - b.length
}

/** Moves surrogates behind all other units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** A list or an object that is being written. */
interface Frame {
  /** Of an object, sorted; a list has none. */
  readonly keys: readonly string[] | undefined
  /** In the order they are written in. */
  readonly values: readonly unknown[]
  written: number
}

/** Holds what is open in a list of its own, not on the call stack: no depth of the value can overflow it. */
function write(root: unknown, style: Style): string {
  const frames: Frame[] = []
  let text = writeOpening(root, style, frames)
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const { keys, values, written } = frame
    if (written === values.length) {
      text += keys === undefined ? ']' : '}'
      frames.pop()
      continue
    }
    frame.written += 1
    if (written > 0) text += style.comma
    const key = keys?.[written]
    if (key !== undefined) text += style.scalar(key) + style.colon
    text += writeOpening(values[written], style, frames)
  }
  return text
}

/** The whole text of a scalar; of a list or an object only how it begins, and its frame is put on the stack. */
function writeOpening(value: unknown, style: Style, frames: Frame[]): string {
  if (Array.isArray(value)) {
    frames.push({ keys: undefined, values: value, written: 0 })
    return '['
  }
  if (!isObject(value)) return style.scalar(value)
  const keys = sortedKeys(value)
  frames.push({ keys, values: keys.map((key) => value[key]), written: 0 })
  return '{'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function jsonScalar(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return pythonNumber(value)
  // Larger than any double, which JSON may say and Python's `json` answers with words of its own.
  if (typeof value === 'number') return value < 0 ? '-Infinity' : 'Infinity'
  return JSON.stringify(value ?? null)
}

function reprScalar(value: unknown): string {
  if (typeof value === 'number') return pythonNumber(value)
  if (typeof value === 'string') return reprString(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return 'None'
}

/**
 * `repr` of an `int` for whole numbers, of a `float` for all others: the same shortest digits, laid out differently where
 * they are small.
 */
function pythonNumber(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Number.isInteger(value) || Math.abs(value) >= 1e-4) return String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e-')
  return `${digits}e-${exponent.padStart(2, '0')}`
}

/** Single quotes, unless the text has such and no double ones. */
function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let repr = quote
  for (const character of text) {
    const named = NAMED_ESCAPES.get(character)
    if (named !== undefined) repr += named
    else if (character === quote) repr += `\\${character}`
    else repr += character !== ' ' && UNPRINTABLE.test(character) ? escaped(character) : character
  }
  return repr + quote
}

const NAMED_ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** What `str.isprintable` denies: controls, unassigned and private characters, surrogates, separators. */
const UNPRINTABLE = /[\p{C}\p{Z}]/u

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0
  const hex = point.toString(16)
  if (point < 0x100) return `\\x${hex.padStart(2, '0')}`
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
