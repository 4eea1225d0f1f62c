/** Lists of values: those that the messages give to a property, and those that are left over. */

import type { JsonSchema } from '../../generation/index.ts'
import { takesValue } from './fit-text.ts'
import { NOTHING } from './instance-budget.ts'
import type { Property } from './property-kind.ts'
import { enumOf, refOf, takesScalar, typesOf } from './schema-view.ts'
import type { ValueFinder } from './value-finder.ts'

/** Entries of one list that are read out of the messages one by one. */
const MOST_READ = 16

/**
 * What the messages give to a list: the options they name, or as many values as `next` finds. `lists` holds what was
 * named together; what becomes part of this list is taken out of it, because it is no reason for a second call.
 */
export function readList(
  finder: ValueFinder,
  items: JsonSchema,
  property: Property,
  next: () => unknown,
  lists: Map<string, readonly (string | number)[]>,
): readonly unknown[] {
  const options = enumOf(items)
  if (options !== undefined) return finder.members(property, nameable(items, options))
  const list: unknown[] = []
  while (list.length < MOST_READ) {
    const said = next()
    if (said === NOTHING || list.includes(said)) break
    const together = lists.get(property.name) ?? []
    lists.delete(property.name)
    if (together.some((entry) => entry === said)) return together.filter((entry) => takesValue(items, entry))
    list.push(said)
  }
  return list
}

/** The texts or numbers that stand together and belong to nobody yet: "the average of 3, 5 and 9". */
export function leftOverList(finder: ValueFinder, items: JsonSchema, property: Property): readonly (string | number)[] {
  const accepts = (value: string | number): boolean => takesValue(items, value)
  if (enumOf(items) !== undefined || refOf(items) !== undefined) return []
  if (typesOf(items).some((type) => type === 'number' || type === 'integer')) {
    return finder.number(property, accepts, true)?.list ?? []
  }
  if (!typesOf(items).includes('string') || !suitsAnyText(property)) return []
  return finder.anyText(accepts)?.list ?? []
}

/** Whether a quoted text or a name left over may stand in: an address or a date made of it would be wrong. */
export function suitsAnyText({ kind }: Property): boolean {
  return kind === undefined || kind === 'person' || kind === 'place' || kind === 'prose' || kind === 'code'
}

/** The options that a message can name. */
export function nameable(schema: JsonSchema, options: readonly unknown[]): (string | number)[] {
  return options
    .filter((option) => typeof option === 'string' || typeof option === 'number')
    .filter((option) => takesScalar(schema, option))
}
