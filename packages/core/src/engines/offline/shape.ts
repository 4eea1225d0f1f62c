/**
 * Shapes: each says once what a value looks like, and gives from that its type, its reader and its JSON Schema.
 *
 * Readers name the path of the first mistake. Objects are closed: a field that nobody defined is a mistake, because it
 * is a misspelt one.
 */

import type { JsonSchema } from '../../generation/index.ts'
import { isRecord } from './schema-view.ts'

export interface Shape<Value> {
  /** Throws a `ShapeError`. */
  read(value: unknown, path: Path): Value
  readonly schema: JsonSchema
}

export type Path = readonly (string | number)[]

export type ValueOf<Of> = Of extends Shape<infer Value> ? Value : never

export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  /** Where the mistake is, from the root of the document. */
  readonly path: Path

  constructor(path: Path, problem: string) {
    super(`${shownPath(path)}: ${problem}`)
    this.path = path
  }
}

/** `scenarios[0].reply.text`. */
function shownPath(path: Path): string {
  const shown = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return shown === '' ? 'the document' : shown.replace(/^\./, '')
}

export function text(
  description: string,
  { longest, shortest = 0 }: { longest: number; shortest?: number },
): Shape<string> {
  return {
    read(value, path) {
      if (typeof value !== 'string') throw new ShapeError(path, 'must be a text')
      if (value.length < shortest) throw new ShapeError(path, 'must not be empty')
      if (value.length > longest) throw new ShapeError(path, `must be no longer than ${longest} characters`)
      return value
    },
    schema: { type: 'string', description, ...(shortest > 0 ? { minLength: shortest } : {}), maxLength: longest },
  }
}

export function integer(
  description: string,
  { minimum, maximum }: { minimum: number; maximum: number },
): Shape<number> {
  return {
    read(value, path) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value
      throw new ShapeError(path, `must be a whole number from ${minimum} to ${maximum}`)
    },
    schema: { type: 'integer', description, minimum, maximum },
  }
}

export function flag(description: string): Shape<boolean> {
  return {
    read(value, path) {
      if (typeof value === 'boolean') return value
      throw new ShapeError(path, 'must be true or false')
    },
    schema: { type: 'boolean', description },
  }
}

export function oneOf<const Option extends string>(description: string, options: readonly Option[]): Shape<Option> {
  return {
    read(value, path) {
      const option = options.find((known) => known === value)
      if (option !== undefined) return option
      throw new ShapeError(path, `must be one of ${options.join(', ')}`)
    },
    schema: { type: 'string', description, enum: options },
  }
}

export function list<Entry>(
  description: string,
  entry: Shape<Entry>,
  { most }: { most: number },
): Shape<readonly Entry[]> {
  return {
    read(value, path) {
      if (!Array.isArray(value)) throw new ShapeError(path, 'must be a list')
      if (value.length > most) throw new ShapeError(path, `must have at most ${most} entries`)
      return value.map((each, index) => entry.read(each, [...path, index]))
    },
    schema: { type: 'array', description, items: entry.schema, maxItems: most },
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>

type RecordOf<Required extends Fields, Optional extends Fields> = {
  readonly [Name in keyof Required]: ValueOf<Required[Name]>
} & { readonly [Name in keyof Optional]?: ValueOf<Optional[Name]> }

export function record<const Required extends Fields, const Optional extends Fields>(
  description: string,
  required: Required,
  optional: Optional,
): Shape<RecordOf<Required, Optional>> {
  const fields: Fields = { ...required, ...optional }
  return {
    read(value, path) {
      const given = fieldsOf(value, path)
      const members: [string, unknown][] = []
      for (const [name, member] of Object.entries(given)) {
        const shape = Object.hasOwn(fields, name) ? fields[name] : undefined
        if (shape === undefined)
          throw new ShapeError([...path, name], `is not known; the fields here are ${Object.keys(fields).join(', ')}`)
        members.push([name, shape.read(member, [...path, name])])
      }
      for (const name of Object.keys(required)) {
        if (!Object.hasOwn(given, name)) throw new ShapeError([...path, name], 'is missing')
      }
      // Every member was read by the shape of its own name, and no required one is missing.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the sentence above
      return Object.fromEntries(members) as RecordOf<Required, Optional>
    },
    schema: {
      type: 'object',
      description,
      properties: Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, shape.schema])),
      required: Object.keys(required),
      additionalProperties: false,
    },
  }
}

/** The first shape whose `is` holds reads the value, so a mistake is named by the shape that was meant. */
export function either<One, Other>(
  description: string,
  [is, one]: readonly [is: (value: unknown) => boolean, shape: Shape<One>],
  other: Shape<Other>,
): Shape<One | Other> {
  return {
    read: (value, path) => (is(value) ? one.read(value, path) : other.read(value, path)),
    schema: { description, anyOf: [one.schema, other.schema] },
  }
}

/** Any JSON object, as it stands. */
export function anyObject(description: string): Shape<Readonly<Record<string, unknown>>> {
  return { read: fieldsOf, schema: { type: 'object', description } }
}

export function anything(description: string): Shape<unknown> {
  return { read: (value) => value, schema: { description } }
}

function fieldsOf(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  throw new ShapeError(path, 'must be an object')
}
