/**
 * Reads values of nobody knows whom into types: what fits is taken field by field, and nothing else comes along. For files that
 * are imported, and for what an older page left.
 */

/** `undefined`: it does not fit. */
export type Reader<Value> = (value: unknown) => Value | undefined

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined)
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)

/** Finite, and not below zero: times, counts, bytes. */
export const amount: Reader<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

export const oneOf =
  <Word extends string>(...words: readonly Word[]): Reader<Word> =>
  (value) =>
    words.find((word) => word === value)

export const maybe =
  <Value>(read: Reader<Value>, otherwise: Value): Reader<Value> =>
  (value) =>
    value === undefined ? otherwise : read(value)

export const nullable =
  <Value>(read: Reader<Value>): Reader<Value | null> =>
  (value) =>
    value === null ? null : read(value)

/** One that does not fit spoils the list. */
export const list =
  <Value>(read: Reader<Value>, most = 100_000): Reader<readonly Value[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > most) return undefined
    const all: Value[] = []
    for (const one of value) {
      const fitting = read(one)
      if (fitting === undefined) return undefined
      all.push(fitting)
    }
    return all
  }

export const table =
  <Value>(read: Reader<Value>): Reader<Readonly<Record<string, Value>>> =>
  (value) => {
    if (!isFields(value)) return undefined
    const all: [string, Value][] = []
    for (const [key, one] of Object.entries(value)) {
      const fitting = read(one)
      if (fitting === undefined) return undefined
      all.push([key, fitting])
    }
    return Object.fromEntries(all)
  }

type Readers = Readonly<Record<string, Reader<unknown>>>
type Read<Given> = Given extends Reader<infer Value> ? Value : never
type Fitting<Needed extends Readers, Optional extends Readers> = {
  readonly [Name in keyof Needed]: Read<Needed[Name]>
} & { readonly [Name in keyof Optional]?: Read<Optional[Name]> }

/** Fields that have to be there, and fields that may. */
export function object<Needed extends Readers>(
  needed: Needed,
): Reader<{ readonly [Name in keyof Needed]: Read<Needed[Name]> }>
export function object<Needed extends Readers, Optional extends Readers>(
  needed: Needed,
  optional: Optional,
): Reader<Fitting<Needed, Optional>>
export function object(needed: Readers, optional: Readers = {}): Reader<unknown> {
  return (value) => {
    if (!isFields(value)) return undefined
    const fields: [string, unknown][] = []
    for (const [name, read] of Object.entries(needed)) {
      const fitting = read(value[name])
      if (fitting === undefined) return undefined
      fields.push([name, fitting])
    }
    for (const [name, read] of Object.entries(optional)) {
      if (value[name] === undefined) continue
      const fitting = read(value[name])
      if (fitting === undefined) return undefined
      fields.push([name, fitting])
    }
    return Object.fromEntries(fields)
  }
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON without a way to a prototype; deeper than this nobody writes. */
export const json: Reader<Readonly<Record<string, unknown>>> = (value) =>
  isFields(value) && isPlain(value, 64) ? value : undefined

function isPlain(value: unknown, depth: number): boolean {
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth - 1))
  if (!isFields(value)) return value === null || ['string', 'number', 'boolean'].includes(typeof value)
  return Object.entries(value).every(([name, one]) => name !== '__proto__' && isPlain(one, depth - 1))
}
