/**
 * A schema taken apart: what it allows, as a list of alternatives, so that two of them can be joined and written again.
 *
 * MFJS has one word for choice (`anyOf`) and none for "and". Ordinary JSON Schema says "and" everywhere: a keyword beside
 * `anyOf`, beside `$ref`, in `allOf`. Taken apart into alternatives, "and" becomes the product of two lists.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import type { MfjsType } from '../mfjs-keywords.ts'

/** What is said about a value without constraining it. */
export interface Notes {
  readonly description?: string
  readonly title?: string
  readonly default?: JsonValue
}

/** All that one schema allows. No alternative: nothing at all. */
export interface Shape {
  readonly alternatives: readonly Alternative[]
  readonly notes: Notes
}

export type Alternative = AnyAlternative | KeptAlternative | ReferenceAlternative | TypedAlternative

/** Any value. */
interface AnyAlternative {
  readonly kind: 'any'
  readonly notes: Notes
}

/** A schema that is MFJS as it stands, or that nobody can read: written again as it was. */
export interface KeptAlternative {
  readonly kind: 'kept'
  readonly schema: JsonValue
  readonly path: readonly string[]
  /** It is MFJS, so it can be taken apart when something has to be joined to it. */
  readonly readable: boolean
  readonly notes: Notes
}

/** Whatever a definition allows. */
export interface ReferenceAlternative {
  readonly kind: 'reference'
  /** `#`, or the name of a definition at the root of the result. */
  readonly name: string
  readonly notes: Notes
}

/** Values of one type. */
export interface TypedAlternative {
  readonly kind: 'typed'
  readonly type: MfjsType
  readonly notes: Notes
  readonly enum?: readonly JsonValue[]
  /** `minLength`, `minItems` or `minimum`, by the type; and their counterparts. */
  readonly least?: number
  readonly most?: number
  readonly pattern?: string
  readonly items?: Shape
  readonly properties?: ReadonlyMap<string, Shape>
  readonly required?: readonly string[]
  readonly additional?: boolean | Shape
}

export const NO_NOTES: Notes = {}

export const ANY_SHAPE: Shape = { alternatives: [{ kind: 'any', notes: NO_NOTES }], notes: NO_NOTES }

export const NO_SHAPE: Shape = { alternatives: [], notes: NO_NOTES }

export function shapeOf(alternatives: readonly Alternative[], notes: Notes = NO_NOTES): Shape {
  return { alternatives, notes }
}

export function isAny(shape: Shape): boolean {
  return shape.alternatives.some((alternative) => alternative.kind === 'any')
}

/** Whether an alternative says nothing but its type. */
export function isBare(alternative: Alternative): alternative is TypedAlternative {
  if (alternative.kind !== 'typed') return false
  const { kind: _kind, type: _type, notes, ...constraints } = alternative
  return Object.keys(notes).length === 0 && Object.keys(constraints).length === 0
}

/** Either set of notes may speak; where both do, the first does. */
export function joinNotes(first: Notes, second: Notes): Notes {
  return { ...second, ...first }
}

/** The choice between several shapes. The notes of each stay with its alternatives. */
export function unite(shapes: readonly Shape[], notes: Notes = NO_NOTES): Shape {
  const alternatives = shapes.flatMap((shape) => alternativesWithNotes(shape))
  return shapeOf(alternatives, notes)
}

/** The alternatives of a shape, each with what the shape says about all of them. */
export function alternativesWithNotes(shape: Shape): readonly Alternative[] {
  if (Object.keys(shape.notes).length === 0) return shape.alternatives
  return shape.alternatives.map((alternative) =>
    Object.assign({}, alternative, { notes: joinNotes(shape.notes, alternative.notes) }),
  )
}

/** The annotations of an ordinary schema that MFJS can carry. */
export function notesOf(schema: JsonObject): Notes {
  return {
    ...(typeof schema['description'] === 'string' && { description: schema['description'] }),
    ...(typeof schema['title'] === 'string' && { title: schema['title'] }),
    ...(schema['default'] !== undefined && { default: schema['default'] }),
  }
}

export function isSchema(value: unknown): value is JsonObject | boolean {
  return typeof value === 'boolean' || isJsonObject(value)
}
