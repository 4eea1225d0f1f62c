/** The small words that shape checks are written in. */

import { type ApiError, apiErrorWith } from './errors.ts'
import type { LenientSwitch } from './leniency.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A JSON object: not an array, not null. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isOneOf<Choice extends string>(value: unknown, choices: readonly Choice[]): value is Choice {
  return (choices as readonly unknown[]).includes(value)
}

/** `Invalid request: {details}`, to be thrown. `name`: what would let it pass. */
export function refuse(details: string, name?: LenientSwitch): ApiError {
  return apiErrorWith('invalid_request', name === undefined ? {} : { switch: name }, { details })
}

const SHOWN_CHARACTERS = 80

/** A value as an error may show it: on one line and short, whatever a client sent. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  const whole = JSON.stringify(typeof value === 'string' ? value.slice(0, SHOWN_CHARACTERS + 1) : value)
  return whole.length > SHOWN_CHARACTERS + 2 ? `${whole.slice(0, SHOWN_CHARACTERS)}…` : whole
}
