/** Shapes written as MFJS. */
import { typesOf } from '../check-type.ts'
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from '../json.ts'
import { isOfType } from '../mfjs-keywords.ts'
import {
  type Alternative,
  ANY_SHAPE,
  isAny,
  isBare,
  joinNotes,
  type KeptAlternative,
  type Notes,
  type ReferenceAlternative,
  type Shape,
  shapeOf,
  type TypedAlternative,
} from './shape.ts'
import { Unsatisfiable, type Workshop } from './workshop.ts'

/** One schema for a shape. Throws {@link Unsatisfiable} for a shape that allows nothing. */
export function writeShape(shape: Shape, path: readonly string[], shop: Workshop): JsonValue {
  shop.step()
  if (isAny(shape)) return { ...anyNotes(shape) }
  const [only, ...others] = shape.alternatives
  if (only === undefined) throw new Unsatisfiable()
  if (others.length === 0) {
    return writeAlternative(only, joinNotes(shape.notes, only.notes), path, shop)
  }
  const { default: preset, ...annotations } = shape.notes
  if (preset === undefined && shape.alternatives.every(isBare)) {
    return { type: [...new Set(shape.alternatives.map(({ type }) => type))], ...annotations }
  }
  return writeChoice(shape.alternatives, preset, annotations, path, shop)
}

/** Where anything is allowed, what the alternatives say of themselves is left; the shape's own notes stay. */
function anyNotes(shape: Shape): Notes {
  const [only, ...others] = shape.alternatives
  return only !== undefined && others.length === 0 ? joinNotes(shape.notes, only.notes) : shape.notes
}

/** A default may not stand beside `anyOf`: it moves into the first branch that would take it. */
function writeChoice(
  alternatives: readonly Alternative[],
  preset: JsonValue | undefined,
  annotations: Notes,
  path: readonly string[],
  shop: Workshop,
): JsonValue {
  const taker = preset === undefined ? -1 : alternatives.findIndex((alternative) => takes(alternative, preset))
  if (preset !== undefined && taker === -1) shop.note(path, 'dropped default')
  const branches: JsonValue[] = []
  for (const [index, alternative] of alternatives.entries()) {
    const notes =
      index === taker && preset !== undefined ? { ...alternative.notes, default: preset } : alternative.notes
    const branch = writeAlternative(alternative, notes, [...path, 'anyOf'], shop)
    if (!branches.some((one) => jsonEqual(one, branch))) branches.push(branch)
  }
  const [only, ...others] = branches
  if (others.length === 0 && isJsonObject(only)) return { ...only, ...annotations }
  const isSaidTwice = branches.some((branch) => isJsonObject(branch) && says(branch, annotations))
  return { anyOf: isSaidTwice ? [{ anyOf: branches }] : branches, ...annotations }
}

/** Full MFJS lets no branch say again what stands beside `anyOf`: a choice of one between the two keeps both. */
const says = (branch: JsonObject, annotations: Notes): boolean =>
  Object.keys(annotations).some((keyword) => Object.hasOwn(branch, keyword))

function takes(alternative: Alternative, value: JsonValue): boolean {
  if (alternative.notes.default !== undefined) return false
  if (alternative.kind === 'typed') return isOfType(value, alternative.type)
  if (alternative.kind !== 'kept' || !isJsonObject(alternative.schema)) return false
  const [type, ...others] = typesOf(alternative.schema)
  const isFree = others.length === 0 && alternative.schema['default'] === undefined
  return type !== undefined && isFree && isOfType(value, type)
}

function writeAlternative(alternative: Alternative, notes: Notes, path: readonly string[], shop: Workshop): JsonValue {
  switch (alternative.kind) {
    case 'any':
      return { ...notes }
    case 'kept':
      return writeKept(alternative, notes, path, shop)
    case 'reference':
      return writeReference(alternative, notes, path, shop)
    case 'typed':
      return writeTyped(alternative, notes, path, shop)
    default:
      return alternative satisfies never
  }
}

function writeKept(kept: KeptAlternative, notes: Notes, path: readonly string[], shop: Workshop): JsonValue {
  if (!kept.readable || Object.keys(notes).length === 0) return kept.schema
  return writeShape(shapeOf(shop.open(kept), notes), path, shop)
}

function writeReference(
  { name }: ReferenceAlternative,
  { default: preset, ...annotations }: Notes,
  path: readonly string[],
  shop: Workshop,
): JsonObject {
  if (preset !== undefined) shop.note(path, 'dropped default')
  return { $ref: name === '#' ? '#' : `#/$defs/${name}`, ...annotations }
}

/** What `least` and `most` are called, by type. */
const BOUNDS: Partial<Record<TypedAlternative['type'], readonly [least: string, most: string]>> = {
  string: ['minLength', 'maxLength'],
  array: ['minItems', 'maxItems'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
}

function writeTyped(typed: TypedAlternative, notes: Notes, path: readonly string[], shop: Workshop): JsonObject {
  const [least, most] = BOUNDS[typed.type] ?? ['', '']
  return {
    type: typed.type,
    ...notes,
    ...(typed.enum !== undefined && { enum: typed.enum }),
    ...(typed.least !== undefined && { [least]: typed.least }),
    ...(typed.most !== undefined && { [most]: typed.most }),
    ...(typed.pattern !== undefined && { pattern: typed.pattern }),
    ...(typed.items !== undefined && { items: writeShape(typed.items, [...path, 'items'], shop) }),
    ...writeMembers(typed, path, shop),
  }
}

function writeMembers(typed: TypedAlternative, path: readonly string[], shop: Workshop): JsonObject {
  const { required = [], additional } = typed
  const properties = new Map(typed.properties)
  for (const name of required) {
    if (properties.has(name)) continue
    // MFJS wants every required name among the properties; what stands there is what the schema said of the others.
    shop.note(path, `added the required property '${name}' to properties`)
    properties.set(name, typeof additional === 'object' ? additional : ANY_SHAPE)
  }
  const written = Array.from(
    properties,
    ([name, member]) => [name, writeShape(member, [...path, 'properties', name], shop)] as const,
  )
  return {
    ...(typed.properties !== undefined || written.length > 0 ? { properties: Object.fromEntries(written) } : {}),
    ...(required.length > 0 && { required }),
    ...(additional !== undefined && {
      additionalProperties:
        typeof additional === 'boolean' ? additional : writeShape(additional, [...path, 'additionalProperties'], shop),
    }),
  }
}
