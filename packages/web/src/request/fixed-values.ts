/** What the model fixes: values that stand in its schema as the only ones, as the form prints them. */

import { chatRequestSchema, findModel } from '@moonbase/protocol'
import type { FixedValue } from '../parts/inspector/settings-form.tsx'

/** `1` is written as `1.0` where the field takes fractions: it is one. */
function printed(value: unknown, type: string | undefined): string {
  return typeof value === 'number' && type === 'number' && Number.isInteger(value) && value !== 0
    ? value.toFixed(1)
    : String(value)
}

/** Two penalties that are fixed to the same are one line, as they are one thing to know. */
function joined(values: readonly FixedValue[]): FixedValue[] {
  const penalties = values.filter(({ name }) => name.endsWith('_penalty'))
  const [first] = penalties
  if (first === undefined || penalties.some(({ value }) => value !== first.value)) return [...values]
  const names = penalties.map(({ name }) => name.replace('_penalty', '')).join(', ')
  return [...values.filter((value) => !penalties.includes(value)), { name: `${names} penalty`, value: first.value }]
}

export function fixedValues(id: string, thinking: boolean): FixedValue[] {
  const model = findModel(id)
  if (model === undefined) return []
  const { properties } = chatRequestSchema(model, thinking)
  const fixed = Object.entries(properties).flatMap(([name, schema]) =>
    schema.const === undefined ? [] : [{ name, value: printed(schema.const, schema.type) }],
  )
  return joined(fixed)
}
