/** Values for properties that nobody said anything about. They look like examples, because that is what they are. */

import type { JsonSchema } from '../../generation/index.ts'
import type { Property, PropertyKind } from './property-kind.ts'
import { boundOf, takesScalar } from './schema-view.ts'

export function sampleText(schema: JsonSchema, property: Property): string {
  const { format } = schema
  const byFormat =
    typeof format === 'string' && Object.hasOwn(SAMPLE_OF_FORMAT, format) ? SAMPLE_OF_FORMAT[format] : undefined
  if (byFormat !== undefined) return byFormat
  const byKind = property.kind === undefined ? undefined : SAMPLE_OF_KIND[property.kind]
  return byKind ?? (property.words.length === 0 ? 'example' : `example ${property.words.join(' ')}`)
}

const SAMPLE_OF_KIND: Readonly<Partial<Record<PropertyKind, string>>> = {
  email: 'someone@example.com',
  url: 'https://example.com/',
  date: '2026-01-27',
  time: '12:00',
  place: 'Example City',
  person: 'Alex Example',
  path: 'example.txt',
  code: '1 + 1',
  identifier: 'example-1',
  phone: '+1 555 0100',
  language: 'English',
  currency: 'USD',
  colour: 'blue',
}

/** `format` is not part of MFJS; a relaxed schema may bring it along. */
const SAMPLE_OF_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-27T12:00:00Z',
  date: '2026-01-27',
  time: '12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  hostname: 'example.com',
}

/** The usual number for such a property, or the nearest that the bounds allow. */
export function sampleNumber(schema: JsonSchema, type: 'integer' | 'number', property: Property): number {
  const lowest = Math.max(boundOf(schema, 'minimum', -Infinity), boundOf(schema, 'exclusiveMinimum', -Infinity))
  const highest = Math.min(boundOf(schema, 'maximum', Infinity), boundOf(schema, 'exclusiveMaximum', Infinity))
  const usual = property.words.map((word) => USUAL_NUMBERS.get(word)).find((number) => number !== undefined) ?? 1
  const near = Math.min(Math.max(usual, lowest), highest)
  const step = boundOf(schema, 'multipleOf', 0)
  const tries = [near, Math.ceil(near), Math.floor(near), near + 1, near - 1, (lowest + highest) / 2]
  if (step > 0) tries.push(Math.ceil(near / step) * step, Math.floor(near / step) * step)
  const fitting = tries.find((number) => Number.isFinite(number) && takesScalar({ ...schema, type }, number))
  // `+ 0` turns the -0 of `Math.ceil(-0.5)` into 0. Bounds are kept in any case; what is foreign to MFJS where it can be.
  return (fitting ?? (type === 'integer' ? Math.ceil(near) : near)) + 0
}

const USUAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['limit', 10],
  ['count', 10],
  ['max', 10],
  ['size', 10],
  ['top', 5],
  ['offset', 0],
  ['skip', 0],
  ['index', 0],
  ['temperature', 20],
  ['age', 30],
  ['year', 2026],
  ['percent', 50],
  ['latitude', 0],
  ['longitude', 0],
])
