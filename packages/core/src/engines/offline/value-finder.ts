/** Finds, for a property of a schema, the value that the messages give for it. */

import { type FoundValue, findValues, listAround, numberOf } from './find-values.ts'
import type { Property } from './property-kind.ts'
import { expressionIn } from './small-talk/arithmetic.ts'
import { searchPhrase, spokenWords } from './spoken-text.ts'
import { statedTexts } from './stated-text.ts'
import {
  COLOURS,
  CURRENCIES,
  LANGUAGES,
  NEGATIONS,
  PLACE_LEADS,
  SWITCHES,
  directionOf,
  isHeading,
  isNamed,
  keyOf,
  namePattern,
  ownWords,
  placeIn,
  placeOfOption,
  valueFor,
} from './value-clues.ts'
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
        const value = valueFor(found, property)
        if (this.#isFree(source, found) && accepts(value)) return this.#take(source, found, property, accepts)
        continue
      }
      const list = statedTexts(source.text.slice(at, at + STATED_CHARACTERS), match[1] ?? '', property).filter(accepts)
      if (list[0] !== undefined) return { value: list[0], list }
    }
    return undefined
  }

  #ofKind(source: Source, property: Property, accepts: Accepts<string>): Taken<string> | undefined {
    const whole = (value: string | undefined): Taken<string> | undefined => takenWhole(value, accepts)
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
    if (property.words.length === 1 && directionOf(property) !== undefined) {
      const address = this.#firstOf(source, ['email', 'phone'], accepts, property)
      if (address !== undefined) return address
    }
    const direction = directionOf(property)
    if (direction !== undefined) {
      const led = this.#firstOf(source, ['proper', 'quoted'], accepts, property, (value) => value.before === direction)
      if (led !== undefined) return led
    }
    return (
      this.#firstOf(source, ['proper', 'quoted'], accepts, property, (value) => PLACE_LEADS.has(value.before)) ??
      this.#firstOf(source, ['proper'], accepts, property) ??
      takenWhole(placeIn(source.text), accepts) ??
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
      if (accepts(valueFor(found, property))) return this.#take(source, found, property, accepts)
    }
    return undefined
  }

  #take(source: Source, found: FoundValue, property: Property | undefined, accepts: Accepts<string>): Taken<string> {
    source.used.add(keyOf(found, property))
    const list = listAround(source.text, source.values, found)
      .map((value) => valueFor(value, property))
      .filter(accepts)
    return { value: valueFor(found, property), list }
  }

  #takeNumber(source: Source, found: FoundValue, accepts: Accepts<number>): Taken<number> {
    source.used.add(keyOf(found))
    const list = listAround(source.text, source.values, found).map((value) => numberOf(value.text))
    return { value: numberOf(found.text), list: list.filter(accepts) }
  }

  #isFree(source: Source, found: FoundValue, property?: Property): boolean {
    return !source.used.has(keyOf(found, property)) && !source.used.has(keyOf(found))
  }
}

const MAXIMUM_OPTIONS = 1000
const STATED_CHARACTERS = 200

function takenWhole(value: string | undefined, accepts: Accepts<string>): Taken<string> | undefined {
  return value !== undefined && value !== '' && accepts(value) ? { value, list: [value] } : undefined
}
