/** A choice between objects as one object: for the root of tool parameters, which may be nothing else. */
import { type Alternative, NO_NOTES, type Notes, type Shape, shapeOf, type TypedAlternative, unite } from './shape.ts'
import type { Workshop } from './workshop.ts'

/** Alternatives that are no objects go; the rest become one. No object at all: a shape that allows nothing. */
export function objectShape(shape: Shape, shop: Workshop): Shape {
  const objects = shape.alternatives.flatMap((alternative) => objectsOf(alternative, shop))
  const [only, ...others] = objects
  if (only === undefined) return shapeOf([], shape.notes)
  if (others.length === 0) return shapeOf([only], shape.notes)
  shop.note([], 'merged a choice between objects into one object')
  return shapeOf([mergeObjects(objects)], shape.notes)
}

function objectsOf(alternative: Alternative, shop: Workshop): readonly TypedAlternative[] {
  shop.step()
  if (alternative.kind === 'typed') return alternative.type === 'object' ? [alternative] : []
  if (alternative.kind === 'any') return [{ kind: 'typed', type: 'object', notes: alternative.notes }]
  const inside = alternative.kind === 'kept' ? openedOf(alternative, shop) : shop.inline(alternative.name)
  return (inside ?? []).flatMap((one) => objectsOf(one, shop))
}

function openedOf(kept: Extract<Alternative, { kind: 'kept' }>, shop: Workshop): readonly Alternative[] {
  return kept.readable ? shop.open(kept) : []
}

/** Required is what all require; other members are allowed unless none allows them. */
function mergeObjects(objects: readonly TypedAlternative[]): TypedAlternative {
  const properties = new Map<string, Shape>()
  for (const name of new Set(objects.flatMap((object) => [...(object.properties?.keys() ?? [])]))) {
    const members = objects.map((object) => object.properties?.get(name)).filter((member) => member !== undefined)
    const [only, ...others] = members
    if (only !== undefined) properties.set(name, others.length === 0 ? only : unite(members))
  }
  const [first, ...others] = objects
  const required = (first?.required ?? []).filter((name) => others.every((other) => other.required?.includes(name)))
  const additional = mergeAdditional(objects)
  return {
    kind: 'typed',
    type: 'object',
    notes: mergeNotes(objects),
    properties,
    ...(required.length > 0 && { required }),
    ...(additional !== undefined && { additional }),
  }
}

function mergeAdditional(objects: readonly TypedAlternative[]): boolean | Shape | undefined {
  const shapes: Shape[] = []
  for (const { additional } of objects) {
    if (additional === undefined || additional === true) return additional
    if (additional !== false) shapes.push(additional)
  }
  return shapes.length === 0 ? false : unite(shapes)
}

/** What the branches said of themselves would be wrong of all of them. */
function mergeNotes(objects: readonly TypedAlternative[]): Notes {
  const [first, ...others] = objects
  return first !== undefined && others.every(({ notes }) => notes === first.notes) ? first.notes : NO_NOTES
}
