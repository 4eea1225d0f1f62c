/** Fields of a line, each read with its place: closed objects, because a field that nobody defined is a misspelt one. */

import { LineError } from './cassette-error.ts'

export type LineFields = Readonly<Record<string, unknown>>

export function matching(holds: boolean, at: string, problem: string): asserts holds {
  if (!holds) throw new LineError(`${at}: ${problem}`)
}

export function fieldsOf(value: unknown, at: string): LineFields {
  matching(isFields(value), at, 'must be an object')
  return value
}

/** @param names every field that may be there */
export function known(fields: LineFields, names: readonly string[], at: string): void {
  const stray = Object.keys(fields).some((name) => !names.includes(name))
  // The stray name itself is not shown: it may be a piece of what was said.
  matching(!stray, at, `has a field that is not known; the fields here are ${names.join(', ')}`)
}

export function textAt(value: unknown, at: string): string {
  matching(typeof value === 'string', at, 'must be a text')
  return value
}

export function flagAt(value: unknown, at: string): boolean {
  matching(typeof value === 'boolean', at, 'must be true or false')
  return value
}

export function numberAt(value: unknown, at: string): number {
  matching(typeof value === 'number', at, 'must be a number')
  return value
}

export function wholeAt(value: unknown, at: string, most: number): number {
  matching(
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most,
    at,
    `must be a whole number from 0 to ${most}`,
  )
  return value
}

export function oneOfAt<const Option extends string>(value: unknown, options: readonly Option[], at: string): Option {
  const option = options.find((candidate) => candidate === value)
  matching(option !== undefined, at, `must be one of ${options.join(', ')}`)
  return option
}

export function listAt<Entry>(value: unknown, at: string, read: (entry: unknown, at: string) => Entry): Entry[] {
  matching(Array.isArray(value), at, 'must be a list')
  return value.map((entry, index) => read(entry, `${at}[${index}]`))
}

export function sha256At(value: unknown, at: string): string {
  const text = textAt(value, at)
  matching(/^[0-9a-f]{64}$/.test(text), at, 'must be a SHA-256 in lower-case hex')
  return text
}

/** A field that may be missing: `{}` then, else the field by its name. */
export function optional<const Name extends string, Value>(
  fields: LineFields,
  name: Name,
  at: string,
  read: (value: unknown, at: string) => Value,
): { readonly [Key in Name]?: Value } {
  const value = fields[name]
  if (value === undefined) return {}
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only member has this name and this value
  return { [name]: read(value, `${at}.${name}`) } as { readonly [Key in Name]?: Value }
}

function isFields(value: unknown): value is LineFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
