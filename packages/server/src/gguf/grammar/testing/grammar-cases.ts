/** Schemas for the tests of grammars: Moonshot's own where they are at hand, and some for every keyword and every twist. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { JsonSchema } from '@moonbase/core/generation'

const shared = process.env['MOONBASE_SHARED']

export const WITHOUT_CASES = shared === undefined && "MOONBASE_SHARED is not set, so Moonshot's cases are not at hand"

export function moonshotCases(): readonly JsonSchema[] {
  if (shared === undefined) return []
  const folder = path.join(shared, 'data', 'mfjs-cases')
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name, 'valid.jsonl')
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    return lines.filter((line) => line !== '').map((line): JsonSchema => JSON.parse(line))
  })
}

/** All of them pass the validator at level `strict`, and have a value. */
export const OWN_CASES: Readonly<Record<string, JsonSchema>> = {
  anything: {},
  'any type but bounded in each': { minLength: 2, maxLength: 3, minimum: 4, maximum: 5, minItems: 1, maxItems: 2 },
  'types in a list': { type: ['string', 'null', 'integer'] },
  'values of many types': {
    anyOf: [
      { type: ['string', 'null'], enum: ['a', 'ab', '', null] },
      { type: 'number', enum: [1, 12, -0.5, 1e21] },
    ],
  },
  'values that their bounds leave': { type: 'string', enum: ['a', 'bb', 'ccc', '😀😀'], minLength: 2, maxLength: 2 },
  'objects as values': {
    type: 'object',
    properties: { a: { type: 'integer', minimum: 2 } },
    enum: [{ a: 1 }, { a: 2 }, { b: ['"', '\\', '\n'] }],
  },
  'members that may be missing': object({ a: text(), b: text(), c: text(), d: text() }, ['b', 'd']),
  'only members that may be missing': object({ a: text(), b: { type: 'boolean' } }, []),
  'names that need escapes': object(
    { 'a"b': text(), '\\x': text(), '\n': text(), '😀': text(), '': text(), __proto__x: text() },
    ['\n'],
  ),
  'other members': {
    ...object({ a: text(), ab: text(), 'b"': text() }, ['a']),
    additionalProperties: { type: 'integer' },
  },
  'members of any name': { type: 'object', additionalProperties: true },
  'a reference and more': {
    $defs: {
      named: object({ name: text() }, ['name']),
      more: {
        $ref: '#/$defs/named',
        properties: { age: { type: 'integer' }, name: { minLength: 2 } },
        required: ['age'],
      },
    },
    anyOf: [{ $ref: '#/$defs/more' }, { $ref: '#/$defs/named', additionalProperties: { minLength: 1 } }],
  },
  'branches and more': {
    properties: { kind: { type: 'string' } },
    required: ['kind'],
    anyOf: [{ type: 'object' }, { type: 'object', additionalProperties: { type: 'string' } }, { type: 'string' }],
  },
  'a list of itself': object({ label: text(), children: { type: 'array', items: { $ref: '#' } } }, [
    'label',
    'children',
  ]),
  'definitions that lead to each other': {
    $defs: {
      expression: { anyOf: [{ type: 'number' }, { $ref: '#/$defs/sum' }, { $ref: '#/$defs/negation' }] },
      sum: object({ all: { type: 'array', items: { $ref: '#/$defs/expression' }, minItems: 2 } }, ['all']),
      negation: object({ of: { $ref: '#/$defs/expression' } }, ['of']),
    },
    type: 'object',
    properties: { result: { $ref: '#/$defs/expression' } },
    required: ['result'],
  },
  'a definition that begins with itself': {
    $defs: {
      loop: { anyOf: [{ $ref: '#/$defs/loop' }, { type: 'string' }, { $ref: '#/$defs/other' }] },
      other: { $ref: '#/$defs/loop' },
    },
    anyOf: [{ $ref: '#/$defs/loop' }],
  },
  'a member that has no end may be missing': {
    $defs: { endless: object({ next: { $ref: '#/$defs/endless' } }, ['next']) },
    type: 'object',
    properties: {
      one: { anyOf: [{ $ref: '#/$defs/endless' }, { type: 'null' }] },
      two: { type: 'array', items: { $ref: '#/$defs/endless' } },
    },
    required: ['one', 'two'],
  },
  'lists in lists': {
    type: 'array',
    minItems: 1,
    maxItems: 2,
    items: { type: 'array', maxItems: 3, items: { type: 'integer', minimum: -3, maximum: 14 } },
  },
  'a list without items': { type: 'array', maxItems: 0 },
  'numbers with bounds': object(
    {
      share: { type: 'number', minimum: 0, maximum: 1 },
      below: { type: 'number', maximum: -1.5 },
      whole: { type: 'integer', minimum: 1 },
      tiny: { type: 'number', minimum: 1e-300, maximum: 2e-300 },
    },
    ['share', 'below', 'whole', 'tiny'],
  ),
  'hints without effect': { type: 'string', pattern: '^[a-z]+$', format: 'date', minLength: 1 },
}

function object(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required }
}

function text(): JsonSchema {
  return { type: 'string' }
}
