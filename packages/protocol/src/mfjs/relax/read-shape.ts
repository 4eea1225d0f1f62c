/** Ordinary JSON Schema taken apart into a shape: what zod, pydantic, MCP servers and OpenAPI documents write. */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { isMfjsType, isOfType, MFJS_TYPES, type MfjsType } from '../mfjs-keywords.ts'
import { joinShapes } from './join-shapes.ts'
import { READ_KEYWORDS, readConstraints, STRUCTURE } from './read-constraints.ts'
import {
  type Alternative,
  ANY_SHAPE,
  isAny,
  isSchema,
  joinNotes,
  NO_NOTES,
  NO_SHAPE,
  notesOf,
  type Shape,
  shapeOf,
  unite,
} from './shape.ts'
import type { Workshop } from './workshop.ts'

/** Where a schema stands, and what is already known about the values that reach it. */
export interface Place {
  readonly path: readonly string[]
  /** The types that the schema around an `anyOf` or `allOf` asks for; then a branch need not say them again. */
  readonly types?: readonly MfjsType[]
}

/** What a schema allows. Schemas that are MFJS already are kept whole. */
export function readShape(schema: unknown, place: Place, shop: Workshop): Shape {
  shop.step()
  if (typeof schema === 'boolean') {
    shop.note(place.path, `replaced the schema ${schema}`)
    return schema ? ANY_SHAPE : NO_SHAPE
  }
  if (!isJsonObject(schema) || !isReadable(schema)) return keptShape(schema, place, false)
  // A branch without a type of its own depends on its surroundings, so it cannot stay as it is.
  if (place.types === undefined && shop.isClean(schema)) return keptShape(schema, place, true)
  return takeApart(schema, place, shop)
}

function keptShape(schema: unknown, place: Place, readable: boolean): Shape {
  const kept = isJsonValue(schema) ? schema : null
  return shapeOf([{ kind: 'kept', schema: kept, path: place.path, readable, notes: NO_NOTES }])
}

function isJsonValue(value: unknown): value is JsonValue {
  return value === null || ['boolean', 'number', 'string', 'object'].includes(typeof value)
}

/** What nobody can make sense of is left as it is, for the validator to name. */
export function isReadable(schema: JsonObject): boolean {
  const { type, enum: values, properties, items, $ref } = schema
  const types = Array.isArray(type) ? type : [type]
  return (
    (type === undefined || (types.length > 0 && types.every((one) => isMfjsType(one) || one === 'any'))) &&
    (values === undefined || (Array.isArray(values) && values.length > 0)) &&
    ['allOf', 'anyOf', 'oneOf'].every((keyword) => schema[keyword] === undefined || isSchemaList(schema[keyword])) &&
    (properties === undefined || (isJsonObject(properties) && Object.values(properties).every(isSchema))) &&
    (items === undefined || isSchema(items) || (Array.isArray(items) && items.every(isSchema))) &&
    ($ref === undefined || typeof $ref === 'string')
  )
}

function isSchemaList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isSchema)
}

/** Every keyword of a schema is one conjunct: its own constraints, then `allOf`, `anyOf`, `oneOf` and `$ref`. */
export function takeApart(schema: JsonObject, place: Place, shop: Workshop): Shape {
  const declared = declaredTypes(schema)
  const types = declared ?? place.types
  const inside: Place = types === undefined ? { path: place.path } : { path: place.path, types }
  noteDropped(schema, place, shop)
  let shape = readOwn(schema, declared, place, shop)
  for (const part of listOf(schema['allOf'])) {
    shop.note(place.path, 'merged allOf')
    shape = joinShapes(shape, readShape(part, inside, shop), place.path, shop)
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = listOf(schema[keyword])
    if (branches.length === 0) continue
    if (keyword === 'oneOf') shop.note(place.path, 'replaced oneOf by anyOf')
    else if (!isAny(shape)) shop.note(place.path, 'moved what stood beside anyOf into its branches')
    const choice = unite(
      branches.map((branch) => readShape(branch, { ...inside, path: [...place.path, keyword] }, shop)),
    )
    shape = joinShapes(shape, choice, place.path, shop)
  }
  if (typeof schema['$ref'] === 'string') {
    if (!isAny(shape)) shop.note(place.path, 'merged what stood beside $ref')
    shape = joinShapes(shape, readReference(schema['$ref'], place, shop), place.path, shop)
  }
  if (schema['nullable'] === true && !isAny(shape)) {
    shop.note(place.path, 'replaced nullable by the type null')
    shape = unite([shape, shapeOf([{ kind: 'typed', type: 'null', notes: NO_NOTES }])], shape.notes)
  }
  return shapeOf(shape.alternatives, joinNotes(notesOf(schema), shape.notes))
}

function readReference(reference: string, place: Place, shop: Workshop): Shape {
  const name = shop.nameOf(reference)
  if (name === undefined) return keptShape({ $ref: reference }, place, false)
  if (name !== '#' && reference !== `#/$defs/${name}`) shop.note(place.path, `moved ${reference} to #/$defs/${name}`)
  return shapeOf([{ kind: 'reference', name, notes: NO_NOTES }])
}

/** `undefined`: the schema names no type. `any` is no type of JSON, but a common way to say the same. */
function declaredTypes(schema: JsonObject): readonly MfjsType[] | undefined {
  const { type } = schema
  if (type === undefined) return undefined
  const types = [...new Set(Array.isArray(type) ? type : [type])]
  if (!types.every(isMfjsType)) return undefined
  return types.includes('number') ? types.filter((one) => one !== 'integer') : types
}

/** What the keywords of the schema itself allow, one alternative for each type. */
function readOwn(schema: JsonObject, declared: readonly MfjsType[] | undefined, place: Place, shop: Workshop): Shape {
  const values = schema['const'] === undefined ? listOf(schema['enum']) : [schema['const']]
  if (schema['const'] !== undefined) shop.note(place.path, 'replaced const')
  const types = declared ?? (values.length > 0 ? typesOfValues(values) : (place.types ?? impliedTypes(schema)))
  if (types === undefined) return ANY_SHAPE
  const isAdded = declared === undefined && place.types === undefined && schema['const'] === undefined
  if (isAdded) shop.note(place.path, `added the type ${types.join(', ')}`)
  const alternatives = types.flatMap((type) => readType(schema, type, values, place, shop))
  if (types.length > 1) shop.note(place.path, 'split the types')
  return shapeOf(alternatives)
}

function readType(
  schema: JsonObject,
  type: MfjsType,
  values: readonly JsonValue[],
  place: Place,
  shop: Workshop,
): readonly Alternative[] {
  const own = values.filter((value) => isOfType(value, type))
  if (values.length > 0 && own.length === 0) return []
  const constraints = readConstraints(schema, type, place.path, shop, (inner, step) =>
    readShape(inner, { path: [...place.path, ...step] }, shop),
  )
  if (constraints === undefined) return []
  // Lists and objects cannot be enumerated, nor can more values than the limit; of null there is one.
  const canList = type !== 'object' && type !== 'array' && type !== 'null' && own.length <= shop.limits.enumValues
  if (own.length > 0 && !canList && type !== 'null') shop.note(place.path, 'dropped enum')
  return [
    { kind: 'typed', type, notes: NO_NOTES, ...constraints, ...(own.length > 0 && canList && { enum: unique(own) }) },
  ]
}

function unique(values: readonly JsonValue[]): readonly JsonValue[] {
  return [...new Set(values)]
}

/** The types of some values. Whole numbers beside others are numbers. */
function typesOfValues(values: readonly JsonValue[]): readonly MfjsType[] {
  const types = MFJS_TYPES.filter((type) => values.some((value) => isOfType(value, type)))
  const fractions = values.some((value) => typeof value === 'number' && !Number.isInteger(value))
  return types.filter((type) => type !== (fractions ? 'integer' : 'number'))
}

/** The types that a schema without a type speaks of; `undefined` when it speaks of none. */
function impliedTypes(schema: JsonObject): readonly MfjsType[] | undefined {
  const types = MFJS_TYPES.filter((type) => STRUCTURE[type].some((keyword) => schema[keyword] !== undefined))
  return types.length > 0 ? types : undefined
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function noteDropped(schema: JsonObject, place: Place, shop: Workshop): void {
  for (const keyword of Object.keys(schema)) {
    const isRootId = keyword === '$id' && place.path.length === 0
    if (!READ_KEYWORDS.has(keyword) && !isRootId) shop.note(place.path, `dropped ${keyword}`)
  }
  for (const keyword of ['description', 'title']) {
    const text = schema[keyword]
    if (text !== undefined && typeof text !== 'string') shop.note(place.path, `dropped ${keyword}`)
  }
}
