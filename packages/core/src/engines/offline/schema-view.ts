/** A JSON schema looked at with care: whatever a client sent, these functions answer and never throw. */

import type { JsonSchema } from '../../generation/index.ts'

export type JsonType = 'null' | 'boolean' | 'object' | 'array' | 'number' | 'integer' | 'string'

/** `{}` for what is no schema: it allows everything. */
export function schemaOf(value: unknown): JsonSchema {
  return isRecord(value) ? value : {}
}

/** A JSON object: neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The types a schema names; empty when it names none and so allows all. */
export function typesOf(schema: JsonSchema): readonly JsonType[] {
  const { type } = schema
  if (isType(type)) return [type]
  return Array.isArray(type) ? type.filter(isType) : []
}

const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])

function isType(value: unknown): value is JsonType {
  return TYPES.has(value)
}

/**
 * `anyOf`. MFJS has no `oneOf` and no `allOf`, but the platform lets them pass, and code generators wrap a single
 * reference in an `allOf`.
 */
export function alternativesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  const { anyOf, oneOf, allOf } = schema
  const alternatives = anyOf ?? oneOf ?? (Array.isArray(allOf) && allOf.length === 1 ? allOf : undefined)
  return Array.isArray(alternatives) && alternatives.length > 0 ? alternatives.map(schemaOf) : undefined
}

export function refOf(schema: JsonSchema): string | undefined {
  const ref = schema['$ref']
  return typeof ref === 'string' ? ref : undefined
}

/** What a local reference points to: the root itself, or one of its `$defs`. */
export function resolveRef(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (ref === '#') return root
  const [, group, name] = /^#\/(\$defs|definitions)\/(.+)$/.exec(ref) ?? []
  if (group === undefined || name === undefined) return undefined
  const defs = schemaOf(root[group])
  const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
  return Object.hasOwn(defs, key) ? schemaOf(defs[key]) : undefined
}

/** Own properties in the order of the schema. */
export function propertiesOf(schema: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] {
  return Object.entries(schemaOf(schema['properties'])).map(([name, property]) => [name, schemaOf(property)])
}

export function requiredOf(schema: JsonSchema): ReadonlySet<string> {
  const { required } = schema
  return new Set(Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : [])
}

export function descriptionOf(schema: JsonSchema): string {
  return typeof schema['description'] === 'string' ? schema['description'] : ''
}

/** A bound that is a number, or `fallback`. */
export function boundOf(schema: JsonSchema, keyword: string, fallback: number): number {
  const bound = schema[keyword]
  return typeof bound === 'number' && !Number.isNaN(bound) ? bound : fallback
}

/** `enum`, or `const` as an enum of one. */
export function enumOf(schema: JsonSchema): readonly unknown[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum']
  return Object.hasOwn(schema, 'const') ? [schema['const']] : undefined
}

/** Whether a single value, no object and no list, satisfies everything the schema says of such values. */
export function takesScalar(schema: JsonSchema, value: unknown): boolean {
  const types = typesOf(schema)
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false
  if (typeof value === 'string') {
    const length = codePointLength(value)
    return length >= boundOf(schema, 'minLength', 0) && length <= boundOf(schema, 'maxLength', Infinity)
  }
  return typeof value !== 'number' || takesNumber(schema, value)
}

function takesNumber(schema: JsonSchema, value: number): boolean {
  const step = boundOf(schema, 'multipleOf', 0)
  return (
    value >= boundOf(schema, 'minimum', -Infinity) &&
    value <= boundOf(schema, 'maximum', Infinity) &&
    // Foreign to MFJS and without effect on the platform; clients check them all the same.
    value > boundOf(schema, 'exclusiveMinimum', -Infinity) &&
    value < boundOf(schema, 'exclusiveMaximum', Infinity) &&
    (step <= 0 || Number.isInteger(value / step))
  )
}

function isOfType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value === type
  }
}

/** JSON Schema measures strings in code points. */
export function codePointLength(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    // A low surrogate behind a high one belongs to the same code point.
    if (unit >= 0xdc00 && unit <= 0xdfff && index > 0 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800) continue
    length += 1
  }
  return length
}
