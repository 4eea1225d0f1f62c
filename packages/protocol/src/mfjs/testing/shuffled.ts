/** A JSON value with the members of all its objects in another order. */
import { isJsonObject } from '../json.ts'
import type { Random } from './random-mfjs.ts'

export function shuffled(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random))
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => ({ name, member, rank: random() }))
  const inOrder = members.toSorted((one, other) => one.rank - other.rank)
  return Object.fromEntries(inOrder.map(({ name, member }) => [name, shuffled(member, random)]))
}
