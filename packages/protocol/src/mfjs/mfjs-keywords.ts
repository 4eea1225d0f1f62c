/** The words of MFJS: types, keywords, and which keyword belongs where. Source: walle (`model.go`). */

export const MFJS_TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'] as const

export type MfjsType = (typeof MFJS_TYPES)[number]

export function isMfjsType(value: unknown): value is MfjsType {
  return MFJS_TYPES.some((type) => type === value)
}

/** Whether a value is of a type. A whole number is an integer however it was written: 1.0 is one. */
export function isOfType(value: unknown, type: MfjsType): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'number') return Number.isFinite(value)
  return typeof value === type
}

/** May stand anywhere, beside `$ref` and `anyOf` too. */
export const ANNOTATIONS: ReadonlySet<string> = new Set(['description', 'title'])

/** May stand at the root only. */
export const ROOT_KEYWORDS: ReadonlySet<string> = new Set(['$defs', '$id'])

const common = ['type', 'default', 'description', 'title'] as const

/** What may stand beside a `type`. `pattern` is reserved for later: accepted, and without effect. */
export const KEYWORDS_OF_TYPE: Readonly<Record<MfjsType, ReadonlySet<string>>> = {
  object: new Set([...common, 'properties', 'required', 'additionalProperties', '$ref', 'anyOf']),
  array: new Set([...common, 'items', 'minItems', 'maxItems', '$ref']),
  string: new Set([...common, 'minLength', 'maxLength', 'pattern', 'enum']),
  number: new Set([...common, 'minimum', 'maximum', 'enum']),
  integer: new Set([...common, 'minimum', 'maximum', 'enum']),
  boolean: new Set([...common, 'enum']),
  null: new Set([...common, 'enum']),
}

export const MFJS_KEYWORDS: ReadonlySet<string> = new Set([
  ...Object.values(KEYWORDS_OF_TYPE).flatMap((keywords) => Array.from(keywords)),
  ...ROOT_KEYWORDS,
])

/** No property may be called like this. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '$defs',
  '$ref',
  'anyOf',
  'required',
  'additionalProperties',
])
