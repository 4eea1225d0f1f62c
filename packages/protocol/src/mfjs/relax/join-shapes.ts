/** "And" between two shapes. The result allows at least all that both allow, and never less. */
import { isJsonObject, jsonEqual, type JsonValue } from '../json.ts'
import type { MfjsType } from '../mfjs-keywords.ts'
import {
  type Alternative,
  ANY_SHAPE,
  alternativesWithNotes,
  isBare,
  joinNotes,
  type Notes,
  type ReferenceAlternative,
  type Shape,
  shapeOf,
  type TypedAlternative,
} from './shape.ts'
import type { Workshop } from './workshop.ts'

export function joinShapes(first: Shape, second: Shape, path: readonly string[], shop: Workshop): Shape {
  const notes = joinNotes(first.notes, second.notes)
  if (isPlainAny(first)) return shapeOf(second.alternatives, notes)
  if (isPlainAny(second)) return shapeOf(first.alternatives, notes)
  if (first.alternatives.length * second.alternatives.length > shop.limits.anyOfItems) {
    shop.note(path, 'dropped the second of two large choices')
    return shapeOf(first.alternatives, notes)
  }
  return shapeOf(joinAlternatives(first.alternatives, second.alternatives, path, shop), notes)
}

function isPlainAny({ alternatives }: Shape): boolean {
  return alternatives.length === 1 && alternatives[0]?.kind === 'any' && !hasNotes(alternatives[0])
}

const hasNotes = ({ notes }: { readonly notes: Notes }): boolean => Object.keys(notes).length > 0

function joinAlternatives(
  first: readonly Alternative[],
  second: readonly Alternative[],
  path: readonly string[],
  shop: Workshop,
): readonly Alternative[] {
  return first.flatMap((one) => second.flatMap((other) => joinTwo(one, other, path, shop)))
}

function joinTwo(
  first: Alternative,
  second: Alternative,
  path: readonly string[],
  shop: Workshop,
): readonly Alternative[] {
  shop.step()
  if (first.kind === 'any') return withNotes([second], first.notes)
  if (second.kind === 'any') return withNotes([first], second.notes)
  if (first.kind === 'kept') return first.readable ? joinAlternatives(shop.open(first), [second], path, shop) : [first]
  if (second.kind === 'kept') {
    return second.readable ? joinAlternatives([first], shop.open(second), path, shop) : [second]
  }
  if (first.kind === 'reference') return joinReference(first, second, path, shop)
  if (second.kind === 'reference') return joinReference(second, first, path, shop)
  return joinTyped(first, second, path, shop)
}

function withNotes(alternatives: readonly Alternative[], notes: Notes): readonly Alternative[] {
  return alternativesWithNotes(shapeOf(alternatives, notes))
}

/** A definition is copied to the place where something is joined to it; the definition itself serves others too. */
function joinReference(
  reference: ReferenceAlternative,
  other: ReferenceAlternative | TypedAlternative,
  path: readonly string[],
  shop: Workshop,
): readonly Alternative[] {
  if (other.kind === 'reference' && other.name === reference.name) return withNotes([reference], other.notes)
  if (other.kind === 'typed' && isBare(other) && isWithin(shop.typesOfDefinition(reference.name), other.type)) {
    return [reference]
  }
  const inlined = shop.inline(reference.name)
  if (inlined !== undefined) return joinAlternatives(withNotes(inlined, reference.notes), [other], path, shop)
  shop.note(path, 'dropped what stood beside a reference to a recursive definition')
  return withNotes([reference], other.notes)
}

function isWithin(types: readonly MfjsType[], type: MfjsType): boolean {
  return types.length > 0 && types.every((one) => joinTypes(one, type) === one)
}

function joinTypes(first: MfjsType, second: MfjsType): MfjsType | undefined {
  if (first === second) return first
  return isNumeric(first) && isNumeric(second) ? 'integer' : undefined
}

const isNumeric = (type: MfjsType): boolean => type === 'integer' || type === 'number'

/** None when no value is of both. */
function joinTyped(
  first: TypedAlternative,
  second: TypedAlternative,
  path: readonly string[],
  shop: Workshop,
): readonly TypedAlternative[] {
  const type = joinTypes(first.type, second.type)
  if (type === undefined) return []
  const values = joinValues(first.enum, second.enum)?.filter((value) => type !== 'integer' || Number.isInteger(value))
  const least = pick(Math.max, inType(Math.ceil, type, first.least), inType(Math.ceil, type, second.least))
  const most = pick(Math.min, inType(Math.floor, type, first.most), inType(Math.floor, type, second.most))
  if (values?.length === 0 || (least !== undefined && most !== undefined && least > most)) return []
  const pattern = first.pattern ?? second.pattern
  const joined: TypedAlternative = {
    kind: 'typed',
    type,
    notes: joinNotes(first.notes, second.notes),
    ...(values !== undefined && { enum: values }),
    ...(least !== undefined && { least }),
    ...(most !== undefined && { most }),
    ...(pattern !== undefined && { pattern }),
  }
  if (type === 'array') return joinItems(joined, first, second, path, shop)
  return type === 'object' ? joinMembers(joined, first, second, path, shop) : [joined]
}

/** A bound that came from `number` and now bounds integers. */
function inType(round: (bound: number) => number, type: MfjsType, bound: number | undefined): number | undefined {
  return bound === undefined || type !== 'integer' ? bound : round(bound)
}

function pick(
  choose: (first: number, second: number) => number,
  first: number | undefined,
  second: number | undefined,
): number | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return choose(first, second)
}

function joinValues(
  first: readonly JsonValue[] | undefined,
  second: readonly JsonValue[] | undefined,
): readonly JsonValue[] | undefined {
  if (first === undefined || second === undefined) return first ?? second
  const scalars = new Set(second)
  return first.filter((value) => scalars.has(value) || (isNested(value) && second.some((one) => jsonEqual(one, value))))
}

const isNested = (value: JsonValue): boolean => Array.isArray(value) || isJsonObject(value)

function joinItems(
  joined: TypedAlternative,
  first: TypedAlternative,
  second: TypedAlternative,
  path: readonly string[],
  shop: Workshop,
): readonly TypedAlternative[] {
  if (first.items === undefined && second.items === undefined) return [joined]
  const items = joinShapes(first.items ?? ANY_SHAPE, second.items ?? ANY_SHAPE, [...path, 'items'], shop)
  if (items.alternatives.length > 0) return [{ ...joined, items }]
  return (joined.least ?? 0) > 0 ? [] : [{ ...joined, most: 0 }]
}

/**
 * A member that only one side names must also fit what the other side says of the rest. Where that is `false`, the member
 * is kept all the same: schemas joined by `allOf` often forget one another, and more is allowed this way, not less.
 */
function joinMembers(
  joined: TypedAlternative,
  first: TypedAlternative,
  second: TypedAlternative,
  path: readonly string[],
  shop: Workshop,
): readonly TypedAlternative[] {
  const required = [...new Set([...(first.required ?? []), ...(second.required ?? [])])]
  const properties = new Map<string, Shape>()
  for (const name of new Set([...(first.properties?.keys() ?? []), ...(second.properties?.keys() ?? [])])) {
    const place = [...path, 'properties', name]
    const member = joinShapes(memberOf(first, name), memberOf(second, name), place, shop)
    if (member.alternatives.length > 0) properties.set(name, member)
    else if (required.includes(name)) return []
    else shop.note(place, 'dropped a property that no value fits')
  }
  const additional = joinAdditional(first.additional, second.additional, path, shop)
  return [
    {
      ...joined,
      ...(properties.size > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(additional !== undefined && { additional }),
    },
  ]
}

function memberOf(object: TypedAlternative, name: string): Shape {
  const member = object.properties?.get(name)
  if (member !== undefined) return member
  return typeof object.additional === 'object' ? object.additional : ANY_SHAPE
}

function joinAdditional(
  first: boolean | Shape | undefined,
  second: boolean | Shape | undefined,
  path: readonly string[],
  shop: Workshop,
): boolean | Shape | undefined {
  if (first === undefined || second === undefined) return first ?? second
  if (first === false || second === false) return false
  if (first === true) return second
  if (second === true) return first
  const rest = joinShapes(first, second, [...path, 'additionalProperties'], shop)
  return rest.alternatives.length === 0 ? false : rest
}
