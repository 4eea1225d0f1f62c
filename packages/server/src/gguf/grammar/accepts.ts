/** Whether a value fits shapes: for the values of an `enum`, which have to fit what stands beside it too. */

import { isFields } from '@moonbase/protocol'
import type { ObjectShape, Shape } from './shape-graph.ts'

export function accepts(shapes: readonly Shape[], value: unknown): boolean {
  return shapes.some((shape) => fits(shape, value))
}

function fits(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case 'values':
      return (
        shape.values.some((one) => sameJson(one, value)) && (shape.within === undefined || accepts(shape.within, value))
      )
    case 'string':
      return typeof value === 'string' && isWithin(shape, Array.from(value).length)
    case 'number':
      // An infinity is a number like 1e999, which no double holds and no JSON text gives back.
      return Number.isFinite(value) && isWithin(shape, Number(value)) && (!shape.whole || Number.isInteger(value))
    case 'array':
      return (
        Array.isArray(value) &&
        isWithin(shape, value.length) &&
        value.every((item) => accepts(shape.items.shapes, item))
      )
    case 'object':
      return isFields(value) && hasMembers(shape, value)
  }
}

function hasMembers({ members, extra }: ObjectShape, value: Readonly<Record<string, unknown>>): boolean {
  if (members.some(({ name, required }) => required && !Object.hasOwn(value, name))) return false
  const nodes = new Map(members.map(({ name, node }) => [name, node]))
  return Object.entries(value).every(([name, member]) => {
    const node = nodes.get(name) ?? extra
    return node !== undefined && accepts(node.shapes, member)
  })
}

function isWithin({ least, most }: { readonly least: number; readonly most: number }, measure: number): boolean {
  return least <= measure && measure <= most
}

/** Equal as JSON, in whatever order the members stand. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, index) => sameJson(item, other[index]))
    )
  }
  if (!isFields(one) || !isFields(other)) return false
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => Object.hasOwn(other, name) && sameJson(one[name], other[name]))
}
