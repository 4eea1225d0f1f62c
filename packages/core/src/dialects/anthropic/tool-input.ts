/**
 * Arguments of calls between JSON text, as models write it, and objects, as this wire has them.
 *
 * What is no JSON of an object stands in an object under one name, which the provider of this wire tells clients to use for it; on
 * the way back it is what the model wrote again.
 */

import { isFields } from '@moonbase/protocol'
import type { Fields } from './wire-checks.ts'

const INVALID = 'INVALID_JSON'

export function inputOf(written: string): Fields {
  if (written.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(written)
    if (isFields(value)) return value
  } catch {
    // Malformed arguments are the model's: they pass as what they are.
  }
  return { [INVALID]: written }
}

export function argumentsOf(input: Fields): string {
  const written = input[INVALID]
  return typeof written === 'string' && Object.keys(input).length === 1 ? written : JSON.stringify(input)
}
