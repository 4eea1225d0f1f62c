/** The shape of a request, field by field, with the words of this wire for what is missing or wrong. `null` counts as left out. */

import { type ApiError, apiError } from '@moonbase/protocol/errors'
import { isFields } from '@moonbase/protocol'

export type Fields = Readonly<Record<string, unknown>>

/** The refusal of what stands at a place such as `messages.0.content`. */
export function wrong(at: string, words: string): ApiError {
  return apiError('invalid_request', { details: `${at}: ${words}` })
}

export function fieldsOf(value: unknown, at: string): Fields {
  if (isFields(value)) return value
  throw wrong(at, value === undefined || value === null ? REQUIRED : 'Input should be an object')
}

export function listOf(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(at, value === undefined || value === null ? REQUIRED : 'Input should be a valid list')
}

export function textOf(value: unknown, at: string): string {
  if (typeof value === 'string') return value
  throw wrong(at, value === undefined || value === null ? REQUIRED : 'Input should be a valid string')
}

export function optionalText(value: unknown, at: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, at)
}

export function optionalNumber(value: unknown, at: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return value
  throw wrong(at, 'Input should be a valid number')
}

export function optionalFlag(value: unknown, at: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw wrong(at, 'Input should be a valid boolean')
}

export function positiveInteger(value: unknown, at: string): number {
  if (value === undefined || value === null) throw wrong(at, REQUIRED)
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(at, 'Input should be a valid integer')
  if (value < 1) throw wrong(at, 'Input should be greater than or equal to 1')
  return value
}

const REQUIRED = 'Field required'
