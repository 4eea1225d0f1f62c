/** Goes on from the beginning of a JSON text to its end, so that the whole can be parsed and, where it may, fits a schema. */

import { parseJson } from '@moonbase/protocol'
import type { JsonSchema } from '../../generation/index.ts'
import { fittedText } from './fit-text.ts'
import { completeNumber } from './json-number.ts'
import { AFTER_MEMBER, type Place, nameBeside, remainder } from './json-place.ts'
import { type OpenString, readString, stringTail } from './json-string.ts'
import { type JsonStyle, indented, styleOf } from './json-style.ts'
import { NOTHING, NoInstanceError } from './instance-budget.ts'
import type { InstanceMaker } from './schema-instance.ts'
import { SchemaChoices } from './schema-choices.ts'
import { extraSchemaOf } from './schema-height.ts'
import { boundOf, enumOf, propertiesOf, schemaOf, takesScalar, typesOf } from './schema-view.ts'

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
    const maker = target.newMaker()
    const taken = new SchemaChoices(target.schema, maker, choices)
    let tail: string
    try {
      tail = new Completer(prefix, target, maker, taken).run()
    } catch (error) {
      if (error instanceof NotJson) return best
      throw error
    }
    if (target.fits(parseJson(prefix + tail))) return tail
    best ??= tail
    choices = taken.next()
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
  readonly #choices: SchemaChoices
  #at = 0

  constructor(text: string, target: JsonTarget, maker: InstanceMaker, choices: SchemaChoices) {
    this.#text = text
    this.#target = target
    this.#maker = maker
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

  /** What completes the value here, or `undefined` when it is complete in the prefix. So do all methods below. */
  #value(schema: JsonSchema, name: string, depth: number): string | undefined {
    if (depth > MAXIMUM_DEPTH) throw new NotJson()
    this.#space()
    if (this.#ended) return this.#fresh(schema, name, depth)
    const concrete = this.#choices.concrete(schema, this.#text.charAt(this.#at))
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
    // Its own beginning, at least as long as it has to be.
    return stringTail(string, meant ?? fittedText({ minLength: schema['minLength'] }, string.value))
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
