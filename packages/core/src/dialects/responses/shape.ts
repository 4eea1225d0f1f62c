/** The small words in which the shape of a Responses request is checked. */

import { isFields as isObject, shown } from '@moonbase/protocol'
import { type ApiError, apiErrorWith } from '@moonbase/protocol/errors'

export type Fields = Readonly<Record<string, unknown>>

/** A JSON object: not an array, not null. */
export function isFields(value: unknown): value is Fields {
  return isObject(value)
}

/** `Invalid request: {field} {what}`, to be thrown; the error names the field. */
export function refuse(field: string, what: string): ApiError {
  return apiErrorWith('invalid_request', { field: { name: field } }, { details: `${field} ${what}` })
}

/** What is absent and what is null say the same. */
export function optional<Value>(
  fields: Fields,
  name: string,
  read: (value: unknown, field: string) => Value,
  at = name,
): Value | undefined {
  const value = fields[name]
  return value === undefined || value === null ? undefined : read(value, at)
}

export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw refuse(field, 'must be a string')
  return value
}

export function flag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw refuse(field, 'must be a boolean')
  return value
}

export function number(value: unknown, field: string): number {
  if (typeof value !== 'number') throw refuse(field, 'must be a number')
  return value
}

export function positiveInteger(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw refuse(field, 'must be a positive integer')
  }
  return value
}

export function object(value: unknown, field: string): Fields {
  if (!isFields(value)) throw refuse(field, 'must be an object')
  return value
}

export function list(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refuse(field, 'must be an array')
  return value
}

export function oneOf<Choice extends string>(...choices: readonly Choice[]) {
  return (value: unknown, field: string): Choice => {
    const chosen = choices.find((choice) => choice === value)
    if (chosen === undefined) throw refuse(field, `must be one of ${choices.join(', ')}, but got ${shown(value)}`)
    return chosen
  }
}
