/** JSON values as literals of a language, laid out as its formatters do it: on one line where that is short, else one a line. */

import { quoted } from './escape-text.ts'
import { SpellingError } from './spelling.ts'

/** How a language writes values. */
export interface ValueStyle {
  readonly text: (text: string) => string
  readonly key: (key: string) => string
  readonly words: { readonly true: string; readonly false: string; readonly null: string }
  /** Inside the braces of an object that stands on one line. */
  readonly padding: '' | ' '
  /** Behind the last of what stands one a line. */
  readonly trailing: '' | ','
  readonly indent: string
}

const double = (text: string): string => quoted(text, '"')
const single = (text: string): string => quoted(text, text.includes("'") && !text.includes('"') ? '"' : "'")
const SMALL_WORDS = { true: 'true', false: 'false', null: 'null' } as const

export const JSON_STYLE: ValueStyle = {
  text: double,
  key: double,
  words: SMALL_WORDS,
  padding: '',
  trailing: '',
  indent: '  ',
}

export const PYTHON_STYLE: ValueStyle = {
  text: double,
  key: double,
  words: { true: 'True', false: 'False', null: 'None' },
  padding: '',
  trailing: ',',
  indent: '    ',
}

export const TYPESCRIPT_STYLE: ValueStyle = {
  text: single,
  key(key) {
    // Written plainly it would not name a property but set the prototype.
    if (key === '__proto__') return "['__proto__']"
    return /^[A-Za-z_$][\w$]*$/.test(key) ? key : single(key)
  },
  words: SMALL_WORDS,
  padding: ' ',
  trailing: ',',
  indent: '  ',
}

/** Longest line that an object or a list may share. */
const WIDEST = 88

/**
 * The literal of a value; lines behind the first begin with `indent`.
 *
 * @throws SpellingError for what is no JSON: a number that is not finite, a function, a bigint
 */
export function printValue(value: unknown, style: ValueStyle, indent = ''): string {
  return layOut(value, style, indent).text
}

/** The entries of an object, each a line of its own, for a call whose arguments they are. */
export function printEntries(entries: readonly (readonly [string, unknown])[], style: ValueStyle, indent: string) {
  return entries.map(([key, value]) => `${indent}${style.key(key)}: ${printValue(value, style, indent)},\n`).join('')
}

interface Laid {
  readonly text: string
  readonly isOneLine: boolean
}

function layOut(value: unknown, style: ValueStyle, indent: string): Laid {
  if (typeof value !== 'object' || value === null) return { text: printSimple(value, style), isOneLine: true }
  const inner = indent + style.indent
  if (Array.isArray(value)) {
    return join(
      value.map((item: unknown) => layOut(item ?? null, style, inner)),
      ['[', ']', ''],
      style,
      indent,
    )
  }
  const items = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => {
      const { text, isOneLine } = layOut(item, style, inner)
      return { text: `${style.key(key)}: ${text}`, isOneLine }
    })
  return join(items, ['{', '}', style.padding], style, indent)
}

function join(
  items: readonly Laid[],
  [open, close, padding]: readonly [string, string, string],
  { indent: step, trailing }: ValueStyle,
  indent: string,
): Laid {
  if (items.length === 0) return { text: open + close, isOneLine: true }
  const width = items.reduce((sum, { text }) => sum + text.length + 2, 2 + indent.length)
  if (width <= WIDEST && items.every(({ isOneLine }) => isOneLine)) {
    return { text: open + padding + items.map(({ text }) => text).join(', ') + padding + close, isOneLine: true }
  }
  const lines = items.map(({ text }) => `\n${indent}${step}${text}`).join(',')
  return { text: `${open}${lines}${trailing}\n${indent}${close}`, isOneLine: false }
}

function printSimple(value: unknown, { text, words }: ValueStyle): string {
  switch (typeof value) {
    case 'string':
      return text(value)
    case 'boolean':
      return value ? words.true : words.false
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value)
      throw new SpellingError('not-json', `${value} is no number of JSON`)
    case 'object':
    case 'undefined':
      return words.null
    case 'bigint':
    case 'function':
    case 'symbol':
      throw new SpellingError('not-json', `a ${typeof value} is no value of JSON`)
  }
}
