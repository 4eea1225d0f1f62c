/** Finds, for a property of a schema, the value that the messages give for it. */

import { type FoundValue, findValues, listAround, numberOf } from './find-values.ts'
import { isoDate } from './iso-date.ts'
import type { Property } from './property-kind.ts'
import { expressionIn } from './small-talk/arithmetic.ts'
import { searchPhrase, spokenWords } from './spoken-text.ts'
import { isFiller, stemOf, wordsOf } from './words.ts'

/** A value, and where it was found, so that no other property takes it too. */
export interface Taken<Value> {
  readonly value: Value
  /** All that were named together with it, itself included: "Paris and London". */
  readonly list: readonly Value[]
}

/** Whether the schema takes a value. */
export type Accepts<Value> = (value: Value) => boolean

interface Source {
  readonly text: string
  readonly lower: string
  readonly values: readonly FoundValue[]
  readonly words: readonly string[]
  /** The stems of `words`, one for one. */
  readonly stems: readonly string[]
  /** Start places of values that a property has taken, with the part of it where only a part was. */
  readonly used: Set<string>
}

/** Stateful: what one property takes, the next does not get. One finder serves the arguments of one call. */
export class ValueFinder {
  readonly #sources: readonly Source[]

  /** The text that says most about the call comes first; the others are asked where it is silent. */
  constructor(texts: readonly string[]) {
    this.#sources = texts.map((text) => {
      const words = wordsOf(text)
      return {
        text,
        lower: text.toLowerCase(),
        values: findValues(text),
        words,
        stems: words.map(stemOf),
        used: new Set(),
      }
    })
  }

  /** The text that says most, as it was said. */
  get asked(): string {
    return this.#sources[0]?.text ?? ''
  }

  /** A text that belongs to this property by its name, its kind or its place. */
  text(property: Property, accepts: Accepts<string>): Taken<string> | undefined {
    for (const source of this.#sources) {
      const taken = this.#stated(source, property, accepts) ?? this.#ofKind(source, property, accepts)
      if (taken !== undefined) return taken
    }
    return undefined
  }

  /** Whatever text is left over: what is quoted, then names. For properties that need a value and have none. */
  anyText(accepts: Accepts<string>): Taken<string> | undefined {
    for (const source of this.#sources) {
      for (const kind of ['quoted', 'proper', 'code'] as const) {
        const taken = this.#firstOf(source, [kind], accepts)
        if (taken !== undefined) return taken
      }
    }
    return undefined
  }

  /** A number that is named beside this property; with `any`, else the next that nobody has taken. */
  number(property: Property, accepts: Accepts<number>, any: boolean): Taken<number> | undefined {
    const own = ownWords(property)
    for (const source of this.#sources) {
      const numbers = source.values.filter((value) => value.kind === 'number' && accepts(numberOf(value.text)))
      const named = numbers.filter((value) => this.#isFree(source, value)).find((value) => isNamed(value, own))
      if (named !== undefined) return this.#takeNumber(source, named, accepts)
    }
    if (!any) return undefined
    for (const source of this.#sources) {
      const free = source.values.find(
        (value) => value.kind === 'number' && accepts(numberOf(value.text)) && this.#isFree(source, value),
      )
      if (free !== undefined) return this.#takeNumber(source, free, accepts)
    }
    return undefined
  }

  /** Said outright ("verbose: true"), or by naming the property with or without a "no" before it. */
  boolean(property: Property): boolean | undefined {
    const name = namePattern(property)
    if (name === undefined) return undefined
    for (const { text, words, stems } of this.#sources) {
      const said = new RegExp(
        `${name}["'\`]?\\s*(?:=|:|is|to|as|to be|set to)\\s*(true|false|yes|no|on|off)\\b`,
        'iu',
      ).exec(text)
      if (said?.[1] !== undefined) return /^(?:true|yes|on)$/i.test(said[1])
      const meaning = property.words.filter((word) => !isFiller(word) && !SWITCHES.has(word))
      if (meaning.length === 0) continue
      const at = stems.indexOf(stemOf(meaning[0] ?? ''))
      if (at === -1 || !meaning.every((word) => stems.includes(stemOf(word)))) continue
      return !words.slice(Math.max(0, at - 3), at).some((word) => NEGATIONS.has(word))
    }
    return undefined
  }

  /** The first value that begins with `text` and goes on: "Al" is the beginning of "Alice". */
  completing(text: string): string | undefined {
    for (const { values } of this.#sources) {
      const found = values.find((value) => value.text.length > text.length && value.text.startsWith(text))
      if (found !== undefined) return found.text
    }
    return undefined
  }

  /** Those of `options` that the messages name, in the order in which they are named. */
  members<Option extends string | number>(property: Property, options: readonly Option[]): Option[] {
    for (const { lower, stems } of this.#sources) {
      const named = options.slice(0, MAXIMUM_OPTIONS).flatMap((option) => {
        const at = placeOfOption(option, lower, stems, property)
        return at === undefined ? [] : [{ option, at }]
      })
      if (named.length > 0) return named.toSorted((one, other) => one.at - other.at).map(({ option }) => option)
    }
    return []
  }

  /** Whether any of the others in a list has been taken for another property. */
  isSpent(list: readonly unknown[]): boolean {
    const spent = new Set<unknown>()
    for (const { values, used } of this.#sources) {
      for (const value of values) {
        if (!used.has(keyOf(value))) continue
        spent.add(value.kind === 'number' ? numberOf(value.text) : value.text)
      }
    }
    return list.filter((entry) => spent.has(entry)).length > 1
  }

  /** "name: Alice", "age is 30", "city of Paris", "limit 5": the property's own name, and a value behind it. */
  #stated(source: Source, property: Property, accepts: Accepts<string>): Taken<string> | undefined {
    const name = namePattern(property)
    if (name === undefined) return undefined
    // "Answer is" may begin anything, and one letter stands anywhere.
    const joiner =
      property.name.length < 3 || property.kind === 'prose' ? '[=:]' : '=|:|is|are|was|of|to be|called|named|equals'
    const pattern = new RegExp(`${name}["'\`]?\\s*(${joiner})(?![\\p{L}])\\s*`, 'giu')
    for (const match of source.text.matchAll(pattern)) {
      const at = match.index + match[0].length
      const found = source.values.find((value) => value.start <= at && value.end > at)
      if (found !== undefined && found.kind !== 'number') {
        const value = this.#valueOf(found, property)
        if (this.#isFree(source, found) && accepts(value)) return this.#take(source, found, property, accepts)
        continue
      }
      const rest = source.text.slice(at, at + 200)
      const stated = /[=:]/.test(match[1] ?? '')
        ? /^["'{[]?([^\n,;"'}\]]{1,200}?)(?=\s*(?:[\n,;"'}\]]|\.(?:\s|$)|\s(?:and|with)\s|$))/i.exec(rest)?.[1]
        : /^[\p{L}\p{N}_-]{2,60}/u.exec(rest)?.[0]
      const value = stated?.trim()
      if (value === undefined || value === '' || isFiller(value.toLowerCase()) || !accepts(value)) continue
      return { value, list: PLURAL.test(property.name) ? listed(rest).filter(accepts) : [value] }
    }
    return undefined
  }

  #ofKind(source: Source, property: Property, accepts: Accepts<string>): Taken<string> | undefined {
    const whole = (value: string | undefined): Taken<string> | undefined =>
      value !== undefined && value !== '' && accepts(value) ? { value, list: [value] } : undefined
    const of = (...kinds: FoundValue['kind'][]): Taken<string> | undefined =>
      this.#firstOf(source, kinds, accepts, property)
    switch (property.kind) {
      case 'email':
        return of('email')
      case 'url':
        return of('url')
      case 'date':
        return of('date')
      case 'time':
        return of('time')
      case 'phone':
        return of('phone')
      case 'path':
        return of('path') ?? this.#led(source, property, ['quoted', 'code'], accepts)
      case 'identifier':
        return of('identifier') ?? this.#led(source, property, ['number', 'quoted', 'code', 'proper'], accepts)
      case 'code':
        return of('code') ?? whole(expressionIn(source.text)) ?? of('quoted')
      case 'place':
        return this.#place(source, property, accepts)
      case 'person':
        return this.#led(source, property, ['proper', 'quoted'], accepts) ?? of('proper')
      case 'query':
        return of('quoted') ?? whole(searchPhrase(source.text))
      case 'prose':
        // "Email Bob saying X" gives a body and no subject.
        if (isHeading(property)) return this.#led(source, property, ['quoted', 'proper'], accepts)
        return whole(spokenWords(source.text)) ?? of('quoted')
      case 'language':
        return whole(source.text.match(LANGUAGES)?.[0])
      case 'currency':
        return whole(source.text.match(CURRENCIES)?.[0])
      case 'colour':
        return whole(source.text.match(COLOURS)?.[0].toLowerCase())
      case undefined:
        return this.#led(source, property, ['quoted', 'proper', 'identifier', 'date', 'time', 'url', 'path'], accepts)
    }
  }

  #place(source: Source, property: Property, accepts: Accepts<string>): Taken<string> | undefined {
    if (property.words.length === 1 && DIRECTIONS[property.words[0] ?? ''] !== undefined) {
      const address = this.#firstOf(source, ['email', 'phone'], accepts, property)
      if (address !== undefined) return address
    }
    const direction = property.words.map((word) => DIRECTIONS[word]).find((lead) => lead !== undefined)
    if (direction !== undefined) {
      const led = this.#firstOf(source, ['proper', 'quoted'], accepts, property, (value) => value.before === direction)
      if (led !== undefined) return led
    }
    return (
      this.#firstOf(source, ['proper', 'quoted'], accepts, property, (value) => PLACE_LEADS.has(value.before)) ??
      this.#firstOf(source, ['proper'], accepts, property) ??
      wholeIfAccepted(placeIn(source.text), accepts) ??
      this.#firstOf(source, ['quoted'], accepts, property)
    )
  }

  /** A value with the property's own name right before it: "user Alice", "ticket #42". */
  #led(
    source: Source,
    property: Property,
    kinds: readonly FoundValue['kind'][],
    accepts: Accepts<string>,
  ): Taken<string> | undefined {
    const own = ownWords(property)
    return this.#firstOf(source, kinds, accepts, property, (value) => own.has(stemOf(value.before)))
  }

  #firstOf(
    source: Source,
    kinds: readonly FoundValue['kind'][],
    accepts: Accepts<string>,
    property?: Property,
    also: (value: FoundValue) => boolean = () => true,
  ): Taken<string> | undefined {
    for (const found of source.values) {
      if (!kinds.includes(found.kind) || !also(found) || !this.#isFree(source, found, property)) continue
      if (accepts(this.#valueOf(found, property))) return this.#take(source, found, property, accepts)
    }
    return undefined
  }

  #take(source: Source, found: FoundValue, property: Property | undefined, accepts: Accepts<string>): Taken<string> {
    source.used.add(keyOf(found, property))
    const list = listAround(source.text, source.values, found)
      .map((value) => this.#valueOf(value, property))
      .filter(accepts)
    return { value: this.#valueOf(found, property), list }
  }

  #takeNumber(source: Source, found: FoundValue, accepts: Accepts<number>): Taken<number> {
    source.used.add(keyOf(found))
    const list = listAround(source.text, source.values, found).map((value) => numberOf(value.text))
    return { value: numberOf(found.text), list: list.filter(accepts) }
  }

  #valueOf(found: FoundValue, property: Property | undefined): string {
    if (found.kind === 'date' && property !== undefined) return isoDate(found.text) ?? found.text
    const part = found.kind === 'proper' && property !== undefined ? partOfName(property) : undefined
    if (part === undefined) return found.text
    const names = found.text.split(' ')
    return (part === 'first' ? names[0] : names.at(-1)) ?? found.text
  }

  #isFree(source: Source, found: FoundValue, property?: Property): boolean {
    return !source.used.has(keyOf(found, property)) && !source.used.has(keyOf(found))
  }
}

const MAXIMUM_OPTIONS = 1000
const PLURAL = /[^s]s$/

/** "red, shiny and new." is three entries. */
function listed(rest: string): string[] {
  const line = /^[^\n.;]{1,200}/.exec(rest)?.[0] ?? ''
  return line
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !/[:=]/.test(entry))
}

/** "first_name" and "last_name" share one name, so each takes its part of it. */
function partOfName(property: Property): 'first' | 'last' | undefined {
  if (!property.words.includes('name') && property.kind !== 'person') return undefined
  if (property.words.some((word) => word === 'first' || word === 'given')) return 'first'
  return property.words.some((word) => word === 'last' || word === 'family' || word === 'surname') ? 'last' : undefined
}

function keyOf(found: FoundValue, property?: Property): string {
  const part = found.kind === 'proper' && property !== undefined ? partOfName(property) : undefined
  return part === undefined ? String(found.start) : `${found.start}:${part}`
}

function ownWords(property: Property): ReadonlySet<string> {
  return new Set(property.words.map(stemOf).filter((word) => word.length > 1 || property.words.length === 1))
}

/** A number is named by the word before it ("limit 5"), the word behind it ("5 items"), or its unit. */
function isNamed(value: FoundValue, own: ReadonlySet<string>): boolean {
  if (own.has(stemOf(value.before)) || (value.after !== '' && own.has(stemOf(value.after)))) return true
  return [...own].some((word) => UNITS[word]?.test(value.after) === true || LEADS[word]?.test(value.before) === true)
}

const UNITS: Readonly<Record<string, RegExp>> = {
  ag: /^years?$/,
  duration: /^(?:seconds?|minutes?|hours?|days?|weeks?|months?)$/,
  amount: /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/,
  pric: /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/,
  cost: /^(?:dollars?|euros?|usd|eur|pounds?|yuan|cny)$/,
  percent: /^(?:%|percent)$/,
  temperatur: /^(?:degrees?|celsius|fahrenheit)$/,
  limit: /^(?:results?|items?|entries|rows?|articles?|posts?)$/,
  count: /^(?:times?|items?|copies)$/,
  quantity: /^(?:pieces?|items?|units?|copies|pizzas?|tickets?)$/,
  guest: /^(?:people|persons?|adults?)$/,
  passenger: /^(?:people|persons?|adults?|tickets?)$/,
  max: /^(?:results?|items?|entries)$/,
}

const LEADS: Readonly<Record<string, RegExp>> = {
  limit: /^(?:top|first|most|max|maximum)$/,
  max: /^(?:top|most|under|below)$/,
  min: /^(?:least|above|over)$/,
  ag: /^aged$/,
}

export function isHeading(property: Property): boolean {
  return property.words.some((word) => word === 'subject' || word === 'title' || word === 'headline')
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  from: 'from',
  origin: 'from',
  source: 'from',
  departure: 'from',
  start: 'from',
  to: 'to',
  destination: 'to',
  arrival: 'to',
  target: 'to',
  end: 'to',
}

const PLACE_LEADS: ReadonlySet<string> = new Set(
  'in at near around for of to from visit visiting city town country location place'.split(' '),
)

const SWITCHES: ReadonlySet<string> = new Set(
  'is has include includes enable enabled allow show with use should can flag only'.split(' '),
)

const NEGATIONS: ReadonlySet<string> = new Set('no not without don never exclude disable skip t'.split(' '))

const LANGUAGES =
  /\b(?:English|Chinese|Mandarin|Cantonese|Spanish|French|German|Italian|Portuguese|Russian|Japanese|Korean|Arabic|Hindi|Dutch|Polish|Turkish|Swedish|Greek|Hebrew|Thai|Vietnamese|Indonesian|Ukrainian|Czech|Latin|Python|JavaScript|TypeScript|Java|Rust|Ruby|Swift|Kotlin|Bash)\b|中文|英文|英语|日语|法语/
const CURRENCIES = /\b(?:USD|EUR|GBP|JPY|CNY|RMB|CHF|AUD|CAD|INR|KRW|HKD|SGD|BTC|ETH)\b/
const COLOURS =
  /\b(?:red|green|blue|yellow|orange|purple|violet|pink|black|white|grey|gray|brown|cyan|magenta|gold|silver)\b/i

/** Where an option is named in the text, by its words or as it stands. */
function placeOfOption(
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
function namePattern(property: Property): string | undefined {
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

function wholeIfAccepted(value: string | undefined, accepts: Accepts<string>): Taken<string> | undefined {
  return value !== undefined && accepts(value) ? { value, list: [value] } : undefined
}
