/** What the schemas of replies are made of. */

import type { JsonSchema } from './shape.ts'

export const text = { type: 'string' }
export const count = { type: 'integer' }
export const flag = { type: 'boolean' }
export const amount = { type: 'string', format: 'signed-amount' }
export const time = { type: 'string', format: 'time' }
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })
export const oneOf = (...choices: readonly string[]): JsonSchema => ({ type: 'string', enum: choices })
export const listed = (items: JsonSchema): JsonSchema => ({ type: 'array', items })

/** All fields are always there. */
export function whole(properties: JsonSchema): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}
