/** Goes on from the beginning of a JSON text to its end, so that the whole can be parsed and, where it may, fits a schema. */

import type { JsonSchema } from '../../generation/index.ts'
import { completeNumber } from './json-number.ts'
import { type OpenString, readString, stringTail } from './json-string.ts'
import { type JsonStyle, indented, styleOf } from './json-style.ts'
import { type InstanceMaker, NoInstanceError, NOTHING } from './schema-instance.ts'
import { extraSchemaOf } from './schema-height.ts'
import {
  alternativesOf,
  boundOf,
  codePointLength,
  enumOf,
  propertiesOf,
  refOf,
  resolveRef,
  schemaOf,
  takesScalar,
  typesOf,
  type JsonType,
} from './schema-view.ts'

export interface JsonTarget {
  readonly schema: JsonSchema
  /** A fresh one for every attempt, because makers give each value of the messages out once. */
  readonly newMaker: () => InstanceMaker
  readonly fits: (value: unknown) => boolean
}

/** Attempts at the choices that a prefix leaves open between the alternatives of a schema. */
const MAXIMUM_ATTEMPTS = 100
const MAXIMUM_PREFIX = 200_000
const MAXIMUM_DEPTH = 512

/** What follows `prefix`: `''` when it is complete, `undefined` when it is not the beginning of JSON. */
export function completeJson(prefix: string, target: JsonTarget): string | undefined {
  if (prefix.length > MAXIMUM_PREFIX) return undefined
  let best: string | undefined
  let choices: readonly number[] | undefined = []
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS && choices !== undefined; attempt += 1) {
    const completer = new Completer(prefix, target, choices)
    let tail: string
    try {
      tail = completer.run()
    } catch (error) {
      if (error instanceof NotJson) return best
      throw error
    }
    if (target.fits(JSON.parse(prefix + tail))) return tail
    best ??= tail
    choices = completer.nextChoices()
  }
  return best
}

/** Thrown inside this file only: what was read is not the beginning of JSON. */
class NotJson extends Error {}

/** Reads the prefix by recursive descent. Where it ends, every open level adds what it still needs, innermost first. */
class Completer {
  readonly #text: string
  readonly #target: JsonTarget
  readonly #maker: InstanceMaker
  readonly #style: JsonStyle
  readonly #choices: readonly number[]
  /** For each choice met so far: which alternative was taken, and of how many. */
  readonly #met: { taken: number; of: number }[] = []
  #at = 0

  constructor(text: string, target: JsonTarget, choices: readonly number[]) {
    this.#text = text
    this.#target = target
    this.#maker = target.newMaker()
    this.#style = styleOf(text)
    this.#choices = choices
  }

  run(): string {
    const tail = this.#value(this.#target.schema, '', 0)
    if (tail !== undefined) return tail
    this.#space()
    if (!this.#ended) throw new NotJson()
    return ''
  }

  /** The choices of the next attempt, as an odometer counts; `undefined` after the last. */
  nextChoices(): readonly number[] | undefined {
    const last = this.#met.findLastIndex(({ taken, of }) => taken + 1 < of)
    if (last === -1) return undefined
    return this.#met.slice(0, last + 1).map(({ taken }, index) => (index === last ? taken + 1 : taken))
  }

  /** What completes the value here, or `undefined` when it is complete in the prefix. So do all methods below. */
  #value(schema: JsonSchema, name: string, depth: number): string | undefined {
    if (depth > MAXIMUM_DEPTH) throw new NotJson()
    this.#space()
    if (this.#ended) return this.#fresh(schema, name, depth)
    const concrete = this.#concrete(schema)
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(concrete, depth)
      case '[':
        return this.#array(concrete, name, depth)
      case '"':
        return this.#string(concrete, name, depth)
      case 't':
      case 'f':
      case 'n':
        return this.#literal()
      default:
        return this.#number(concrete)
    }
  }

  #object(schema: JsonSchema, depth: number): string | undefined {
    this.#at += 1
    const seen = new Set<string>()
    for (let afterComma = false; ; afterComma = true) {
      const space = this.#space()
      if (this.#ended)
        return this.#restOfObject(schema, seen, depth, { space, needsMember: afterComma, needsComma: false })
      if (!afterComma && this.#take('}')) return undefined
      const key = this.#key()
      if (key.open) return this.#openKey(key, schema, seen, depth)
      this.#space()
      const member = this.#memberSchema(schema, key.value)
      const colon = this.#ended ? ':' : ''
      if (colon === '' && !this.#take(':')) throw new NotJson()
      const gap = colon !== '' ? this.#style.colonGap : ''
      const tail = this.#value(member, key.value, depth + 1)
      seen.add(key.value)
      if (tail !== undefined) return colon + gap + tail + this.#restOfObject(schema, seen, depth, AFTER_MEMBER)
      const behind = this.#space()
      if (this.#ended) return this.#restOfObject(schema, seen, depth, { ...AFTER_MEMBER, space: behind })
      if (this.#take('}')) return undefined
      if (!this.#take(',')) throw new NotJson()
    }
  }

  #openKey(key: OpenString, schema: JsonSchema, seen: Set<string>, depth: number): string {
    const [meant] =
      propertiesOf(schema).find(
        ([name, member]) => !seen.has(name) && name.startsWith(key.value) && this.#maker.isPossible(member),
      ) ?? []
    const name = meant ?? (key.value === '' ? 'more' : key.value)
    seen.add(name)
    const value = this.#fresh(this.#memberSchema(schema, name), name, depth + 1)
    return `${stringTail(key, name)}:${this.#style.colonGap}${value}${this.#restOfObject(schema, seen, depth, AFTER_MEMBER)}`
  }

  /** The members that are still missing, and the end of the object. */
  #restOfObject(schema: JsonSchema, seen: ReadonlySet<string>, depth: number, place: Place): string {
    const missing = Object.entries(this.#freshObject(schema, depth)).filter(([name]) => !seen.has(name))
    if (place.needsMember && missing.length === 0) missing.push([nameBeside(seen), null])
    const { colonGap } = this.#style
    const indent = this.#style.indent(depth + 1)
    let rest = ''
    for (const [index, [name, value]] of missing.entries()) {
      const isFirst = index === 0
      // White space that the prefix has already begun is only carried on.
      const gap = isFirst && !place.needsComma ? remainder(indent, place.space) : this.#style.comma + indent
      rest += `${gap}${JSON.stringify(name)}:${colonGap}${indented(value, this.#style, depth + 1)}`
    }
    if (missing.length > 0) return `${rest}${this.#style.indent(depth)}}`
    if (seen.size === 0) return '}'
    return `${remainder(this.#style.indent(depth), place.space)}}`
  }

  #array(schema: JsonSchema, name: string, depth: number): string | undefined {
    this.#at += 1
    const items = schemaOf(schema['items'])
    for (let count = 0; ; count += 1) {
      const space = this.#space()
      if (this.#ended)
        return this.#restOfArray(schema, name, count, depth, { space, needsMember: count > 0, needsComma: false })
      if (count === 0 && this.#take(']')) return undefined
      const tail = this.#value(items, name, depth + 1)
      if (tail !== undefined) return tail + this.#restOfArray(schema, name, count + 1, depth, AFTER_MEMBER)
      const behind = this.#space()
      if (this.#ended) return this.#restOfArray(schema, name, count + 1, depth, { ...AFTER_MEMBER, space: behind })
      if (this.#take(']')) return undefined
      if (!this.#take(',')) throw new NotJson()
    }
  }

  #restOfArray(schema: JsonSchema, name: string, count: number, depth: number, place: Place): string {
    const wanted = Math.max(boundOf(schema, 'minItems', 0), place.needsMember ? count + 1 : count)
    const fresh = count === 0 ? this.#freshList(schema, name, depth) : []
    while (count + fresh.length < wanted) fresh.push(this.#made(schemaOf(schema['items']), name, depth + 1))
    const indent = this.#style.indent(depth + 1)
    let rest = ''
    for (const [index, value] of fresh.entries()) {
      const gap = index === 0 && !place.needsComma ? remainder(indent, place.space) : this.#style.comma + indent
      rest += gap + indented(value, this.#style, depth + 1)
    }
    if (fresh.length > 0) return `${rest}${this.#style.indent(depth)}]`
    return count === 0 ? ']' : `${remainder(this.#style.indent(depth), place.space)}]`
  }

  #string(schema: JsonSchema, name: string, depth: number): string | undefined {
    const string = readString(this.#text, this.#at)
    if (string === undefined) throw new NotJson()
    this.#at = string.end
    if (!string.open) return undefined
    const candidates = [
      ...(enumOf(schema) ?? []),
      this.#maker.said(schema, name, depth),
      this.#maker.completing(string.value),
      this.#made(schema, name, depth),
    ]
    const meant = candidates.find(
      (value): value is string =>
        typeof value === 'string' && value !== '' && value.startsWith(string.value) && takesScalar(schema, value),
    )
    const missing = boundOf(schema, 'minLength', 0) - codePointLength(string.value)
    return stringTail(string, meant ?? (missing > 0 ? this.#maker.padded(string.value, schema) : string.value))
  }

  #key(): OpenString {
    const key = this.#text[this.#at] === '"' ? readString(this.#text, this.#at) : undefined
    if (key === undefined) throw new NotJson()
    this.#at = key.end
    return key
  }

  #literal(): string | undefined {
    const rest = this.#text.slice(this.#at, this.#at + 5)
    for (const literal of ['true', 'false', 'null']) {
      if (rest.startsWith(literal)) {
        this.#at += literal.length
        return undefined
      }
      if (literal.startsWith(rest)) {
        this.#at = this.#text.length
        return literal.slice(rest.length)
      }
    }
    throw new NotJson()
  }

  #number(schema: JsonSchema): string | undefined {
    const token = /^-?[\d.eE+-]*/.exec(this.#text.slice(this.#at, this.#at + 400))?.[0] ?? ''
    if (token === '') throw new NotJson()
    this.#at += token.length
    if (!this.#ended) {
      if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token)) throw new NotJson()
      return undefined
    }
    const rest = completeNumber(token, schema)
    if (rest === undefined) throw new NotJson()
    return rest === '' ? undefined : rest
  }

  /** Follows references, and takes one of several alternatives that may begin as the text does. */
  #concrete(schema: JsonSchema): JsonSchema {
    let current = schema
    for (let hops = 0; hops < MAXIMUM_HOPS; hops += 1) {
      const ref = refOf(current)
      const alternatives = alternativesOf(current)
      if (ref !== undefined) current = resolveRef(this.#target.schema, ref) ?? {}
      else if (alternatives !== undefined) current = this.#choose(alternatives)
      else return current
    }
    return {}
  }

  #choose(alternatives: readonly JsonSchema[]): JsonSchema {
    const begun = typeBegun(this.#text.charAt(this.#at))
    const able = alternatives.filter((option) => this.#maker.isPossible(option) && mayBe(option, begun))
    const options = able.length === 0 ? alternatives : able
    const taken = this.#choices[this.#met.length] ?? 0
    this.#met.push({ taken, of: options.length })
    return options[taken] ?? {}
  }

  #memberSchema(schema: JsonSchema, name: string): JsonSchema {
    const properties = schemaOf(schema['properties'])
    return Object.hasOwn(properties, name) ? schemaOf(properties[name]) : (extraSchemaOf(schema) ?? {})
  }

  #fresh(schema: JsonSchema, name: string, depth: number): string {
    return indented(this.#made(schema, name, depth), this.#style, depth)
  }

  #freshObject(schema: JsonSchema, depth: number): Readonly<Record<string, unknown>> {
    if (propertiesOf(schema).length === 0) return {}
    const made = this.#made({ ...schema, type: 'object' }, '', depth)
    return schemaOf(made)
  }

  #freshList(schema: JsonSchema, name: string, depth: number): unknown[] {
    const made = typesOf(schema).includes('array') ? this.#made(schema, name, depth) : []
    return Array.isArray(made) ? [...made] : []
  }

  /** A value from the messages, or made up; `null` where the schema has none, as the text has to end somehow. */
  #made(schema: JsonSchema, name: string, depth: number): unknown {
    try {
      const said = name === '' ? NOTHING : this.#maker.said(schema, name, depth)
      return said === NOTHING ? this.#maker.make(schema, name, depth) : said
    } catch (error) {
      if (error instanceof NoInstanceError) return null
      throw error
    }
  }

  #space(): string {
    const start = this.#at
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1
    return this.#text.slice(start, this.#at)
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }
}

const MAXIMUM_HOPS = 64

/** Where the prefix ended inside an object or a list. */
interface Place {
  /** White space at the very end of the prefix. */
  readonly space: string
  /** A comma was the last thing, so something has to follow. */
  readonly needsMember: boolean
  /** A member was the last thing, so a comma comes before the next. */
  readonly needsComma: boolean
}

const AFTER_MEMBER: Place = { space: '', needsMember: false, needsComma: true }

/** What is left of `wanted` white space when `begun` is there already. */
function remainder(wanted: string, begun: string): string {
  if (wanted.startsWith(begun)) return wanted.slice(begun.length)
  return ''
}

function nameBeside(seen: ReadonlySet<string>): string {
  let name = 'more'
  for (let number = 2; seen.has(name); number += 1) name = `more${number}`
  return name
}

function typeBegun(character: string): readonly JsonType[] {
  switch (character) {
    case '{':
      return ['object']
    case '[':
      return ['array']
    case '"':
      return ['string']
    case 't':
    case 'f':
      return ['boolean']
    case 'n':
      return ['null']
    default:
      return ['number', 'integer']
  }
}

/** References and nested alternatives may be anything; they are looked at when it is their turn. */
function mayBe(schema: JsonSchema, begun: readonly JsonType[]): boolean {
  const types = typesOf(schema)
  return types.length === 0 || types.some((type) => begun.includes(type))
}
