/** Clues to which value belongs to which property: the words beside values, units, directions, and well-known names. */

import type { FoundValue } from './find-values.ts'
import { isoDate } from './iso-date.ts'
import type { Property } from './property-kind.ts'
import { isFiller, stemOf, wordsOf } from './words.ts'

/** Stems of a property's name, without single letters beside longer words. */
export function ownWords(property: Property): ReadonlySet<string> {
  return new Set(property.words.map(stemOf).filter((word) => word.length > 1 || property.words.length === 1))
}

/** A number is named by the word before it ("limit 5"), the word behind it ("5 items"), or its unit. */
export function isNamed(value: FoundValue, own: ReadonlySet<string>): boolean {
  if (own.has(stemOf(value.before)) || (value.after !== '' && own.has(stemOf(value.after)))) return true
  return [...own].some(
    (word) => UNITS.get(word)?.test(value.after) === true || LEADS.get(word)?.test(value.before) === true,
  )
}

const UNITS: ReadonlyMap<string, RegExp> = new Map([
  ['ag', /^years?$/],
  ['duration', /^(?:seconds?|minutes?|hours?|days?|weeks?|months?)$/],
  ['amount', /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/],
  ['pric', /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/],
  ['cost', /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/],
  ['percent', /^(?:%|percent)$/],
  ['temperatur', /^(?:degrees?|celsius|fahrenheit)$/],
  ['limit', /^(?:results?|items?|entries|rows?|articles?|posts?)$/],
  ['count', /^(?:times?|items?|copies)$/],
  ['quantity', /^(?:pieces?|items?|units?|copies|pizzas?|tickets?)$/],
  ['guest', /^(?:people|persons?|adults?)$/],
  ['passenger', /^(?:people|persons?|adults?|tickets?)$/],
  ['max', /^(?:results?|items?|entries)$/],
])

const LEADS: ReadonlyMap<string, RegExp> = new Map([
  ['limit', /^(?:top|first|most|max|maximum)$/],
  ['max', /^(?:top|most|under|below)$/],
  ['min', /^(?:least|above|over)$/],
  ['ag', /^aged$/],
])

export function isHeading(property: Property): boolean {
  return property.words.some((word) => word === 'subject' || word === 'title' || word === 'headline')
}

/** "from" for `origin`, "to" for `destination`: the word that leads to a property's value. */
export function directionOf(property: Property): string | undefined {
  return property.words.map((word) => DIRECTIONS.get(word)).find((lead) => lead !== undefined)
}

const DIRECTIONS: ReadonlyMap<string, string> = new Map([
  ['from', 'from'],
  ['origin', 'from'],
  ['source', 'from'],
  ['departure', 'from'],
  ['start', 'from'],
  ['to', 'to'],
  ['destination', 'to'],
  ['arrival', 'to'],
  ['target', 'to'],
  ['end', 'to'],
])

export const PLACE_LEADS: ReadonlySet<string> = new Set(
  'in at near around for of to from visit visiting city town country location place'.split(' '),
)

export const SWITCHES: ReadonlySet<string> = new Set(
  'is has include includes enable enabled allow show with use should can flag only'.split(' '),
)

export const NEGATIONS: ReadonlySet<string> = new Set('no not without don never exclude disable skip t'.split(' '))

export const LANGUAGES =
  /\b(?:English|Chinese|Mandarin|Cantonese|Spanish|French|German|Italian|Portuguese|Russian|Japanese|Korean|Arabic|Hindi|Dutch|Polish|Turkish|Swedish|Greek|Hebrew|Thai|Vietnamese|Indonesian|Ukrainian|Czech|Latin|Python|JavaScript|TypeScript|Java|Rust|Ruby|Swift|Kotlin|Bash)\b|中文|英文|英语|日语|法语/
export const CURRENCIES = /\b(?:USD|EUR|GBP|JPY|CNY|RMB|CHF|AUD|CAD|INR|KRW|HKD|SGD|BTC|ETH)\b/
export const COLOURS =
  /\b(?:red|green|blue|yellow|orange|purple|violet|pink|black|white|grey|gray|brown|cyan|magenta|gold|silver)\b/i

/** Where an option is named in the text, by its words or as it stands. */
export function placeOfOption(
  option: string | number,
  lower: string,
  stems: readonly string[],
  property: Property,
): number | undefined {
  const words = wordsOf(String(option))
  if (words.length === 0) return undefined
  const phrase = words.map(escapePattern).join('[\\s_-]*')
  const at = lower.search(
    new RegExp(`(?<![\\p{L}\\p{N}])${phrase}(?![\\p{N}])${/\p{Script=Han}/u.test(phrase) ? '' : '(?!\\p{L})'}`, 'u'),
  )
  // One letter or digit is too little to be named by chance: "C" must stand behind the property's own name.
  if (at !== -1 && (phrase.length > 1 || property.words.some((word) => lower.includes(`${word} ${words[0] ?? ''}`))))
    return at
  if (words.length === 1 && phrase.length > 3 && stems.includes(stemOf(words[0] ?? ''))) return lower.length
  return undefined
}

/** The property's name as people write it: any case, with spaces, dashes or nothing between its words. */
export function namePattern(property: Property): string | undefined {
  if (property.words.length === 0 || property.words.length > 8) return undefined
  return `(?<![\\p{L}\\p{N}])${property.words.map(escapePattern).join('[\\s_-]?')}`
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** "weather in paris", and a Chinese city before the word that is asked about. */
export function placeIn(text: string): string | undefined {
  const han =
    /北京|上海|广州|深圳|杭州|成都|南京|武汉|西安|重庆|天津|苏州|香港|台北|东京|巴黎|伦敦|纽约|首尔|新加坡/.exec(text)
  if (han !== null) return han[0]
  for (const [, word] of text.matchAll(/\b(?:in|at|near|around|for)\s+(\p{Ll}{3,30})\b/gu)) {
    if (word !== undefined && !isFiller(word) && !NOT_PLACES.has(word)) return word
  }
  return undefined
}

const NOT_PLACES: ReadonlySet<string> = new Set(
  'today tomorrow tonight general example detail details weather time order short full json english celsius fahrenheit'.split(
    ' ',
  ),
)

/** "first_name" and "last_name" share one name, so each takes its part of it. */
function partOfName(property: Property): 'first' | 'last' | undefined {
  if (!property.words.includes('name') && property.kind !== 'person') return undefined
  if (property.words.some((word) => word === 'first' || word === 'given')) return 'first'
  return property.words.some((word) => word === 'last' || word === 'family' || word === 'surname') ? 'last' : undefined
}

/** Where a value was found, and which part of it, so that it is given out once. */
export function keyOf(found: FoundValue, property?: Property): string {
  const part = found.kind === 'proper' && property !== undefined ? partOfName(property) : undefined
  return part === undefined ? String(found.start) : `${found.start}:${part}`
}

/** A found value as the property wants it: dates as ISO dates, of a person's name the part that is asked for. */
export function valueFor(found: FoundValue, property: Property | undefined): string {
  if (property === undefined) return found.text
  if (found.kind === 'date') return isoDate(found.text) ?? found.text
  const part = found.kind === 'proper' ? partOfName(property) : undefined
  if (part === undefined) return found.text
  const names = found.text.split(' ')
  return (part === 'first' ? names[0] : names.at(-1)) ?? found.text
}
