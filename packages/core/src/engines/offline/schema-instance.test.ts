import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { firstMismatch, validateMfjs } from '@moonbase/protocol/mfjs'
import { objectIn } from '../../../../../test/support/ask-offline.ts'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { randomSchema } from '../../../../../test/support/random-schema.ts'
import { NoInstanceError } from './instance-budget.ts'
import { InstanceMaker } from './schema-instance.ts'
import { ValueFinder } from './value-finder.ts'

const TEXTS = [
  '',
  'Alice Miller is 30 years old, lives in Paris, and said "hello there" to bob@example.com on 2026-05-01.',
]

function instanceOf(schema: Readonly<Record<string, unknown>>, text = '', complete = false): unknown {
  return new InstanceMaker(schema, { finder: new ValueFinder([text]), complete, prose: 'some prose' }).make()
}

function codePointsOf(value: unknown): number {
  return Array.from(String(value)).length
}

function asked(text: string, properties: Record<string, unknown>): unknown {
  return instanceOf(
    { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
    text,
  )
}

describe('instances of schemas', () => {
  const { MOONBASE_SHARED: shared } = process.env
  test(
    'fit every valid case of the vendor',
    { skip: shared === undefined ? 'MOONBASE_SHARED is not set' : false },
    () => {
      const folder = join(shared ?? '', 'data', 'mfjs-cases')
      let cases = 0
      for (const name of readdirSync(folder)) {
        for (const line of readFileSync(join(folder, name, 'valid.jsonl'), 'utf8').split('\n')) {
          if (line === '') continue
          cases += 1
          const schema = objectIn(line)
          if (schema['minLength'] === 999_999_999_999) {
            assert.throws(() => instanceOf(schema), NoInstanceError)
            continue
          }
          for (const complete of [true, false]) {
            for (const text of TEXTS)
              assert.equal(firstMismatch(schema, instanceOf(schema, text, complete)), undefined, line)
          }
        }
      }
      assert.ok(cases > 100)
    },
  )

  test('fit random MFJS schemas, or there is none', () => {
    const seed = 31_08_2026
    const random = seededRandom(seed)
    let filled = 0
    for (let round = 0; round < 1_500; round += 1) {
      const schema = randomSchema(random)
      if (validateMfjs(schema) !== undefined) continue
      for (const text of TEXTS) {
        const story = `seed ${seed}, round ${round}: ${JSON.stringify(schema)}`
        let value: unknown
        try {
          value = instanceOf(schema, text, round % 2 === 0)
        } catch (error) {
          assert.ok(error instanceof NoInstanceError, `${story}: ${String(error)}`)
          continue
        }
        filled += 1
        assert.equal(firstMismatch(schema, value), undefined, `${story} → ${JSON.stringify(value)}`)
        assert.deepEqual(JSON.parse(JSON.stringify(value)), value, story)
      }
    }
    assert.ok(filled > 1_000, `only ${filled} schemas were filled`)
  })

  test('a recursion ends, where it may', () => {
    const list = {
      type: 'object',
      properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['value', 'next'],
    }
    assert.deepEqual(instanceOf(list), { value: 1, next: null })
  })

  test('a recursion without an end has no instance', () => {
    const endless = {
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] } },
      $ref: '#/$defs/node',
    }
    assert.throws(() => instanceOf(endless), NoInstanceError)
    assert.throws(
      () => instanceOf({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }),
      NoInstanceError,
    )
  })

  test('an optional property without an instance is left out', () => {
    const schema = {
      type: 'object',
      properties: { odd: { type: 'integer', minimum: 5, maximum: 4 }, even: { type: 'integer' } },
      required: ['even'],
    }
    assert.deepEqual(instanceOf(schema, '', true), { even: 1 })
  })

  test('an instance that would explode is refused', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 25 }, (_, level) => [
        `level${level}`,
        level === 24
          ? { type: 'null' }
          : {
              type: 'object',
              properties: { a: { $ref: `#/$defs/level${level + 1}` }, b: { $ref: `#/$defs/level${level + 1}` } },
              required: ['a', 'b'],
            },
      ]),
    )
    assert.throws(() => instanceOf({ $defs: doubling, $ref: '#/$defs/level0' }), /more than 20000 values/)
    assert.throws(() => instanceOf({ type: 'array', items: { type: 'string' }, minItems: 1_000_000 }), NoInstanceError)
    const long = { type: 'string', minLength: 90_000 }
    assert.throws(() => instanceOf({ type: 'array', items: long, minItems: 5 }), /longer than 200000 characters/)
  })

  test('lengths are counted in code points', () => {
    assert.equal(codePointsOf(instanceOf({ type: 'string', maxLength: 3 }, '"😀😁😂😃"')), 3)
    assert.equal(codePointsOf(instanceOf({ type: 'string', minLength: 40, maxLength: 40 })), 40)
  })

  test('a pattern is written, and never run', () => {
    assert.match(String(instanceOf({ type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' })), /^[A-Z]{3}-\d{4}$/)
    assert.equal(
      typeof instanceOf({ type: 'string', pattern: '^(a+)+$', minLength: 40 }, `"${'a'.repeat(60)}!"`),
      'string',
    )
  })

  test('a property may be called __proto__', () => {
    const schema = {
      type: 'object',
      properties: objectIn('{"__proto__":{"type":"string"}}'),
      required: ['__proto__'],
    }
    assert.equal(JSON.stringify(instanceOf(schema)), '{"__proto__":"example proto"}')
  })

  test('values of the message go where they belong', () => {
    const flight = {
      origin: { type: 'string' },
      destination: { type: 'string' },
      date: { type: 'string', description: 'YYYY-MM-DD' },
      passengers: { type: 'integer', minimum: 1 },
      cabin: { type: 'string', enum: ['economy', 'business', 'first'] },
      refundable: { type: 'boolean' },
    }
    assert.deepEqual(
      asked('Book a refundable business flight from San Francisco to New York on May 1, 2026 for 2 passengers', flight),
      {
        origin: 'San Francisco',
        destination: 'New York',
        date: '2026-05-01',
        passengers: 2,
        cabin: 'business',
        refundable: true,
      },
    )
    const person = {
      first_name: { type: 'string' },
      last_name: { type: 'string' },
      age: { type: 'integer' },
      email: { type: 'string' },
      site: { type: 'string', description: 'A url' },
    }
    assert.deepEqual(asked('Ada Lovelace is 36 years old, ada@example.org, see https://example.org/ada.', person), {
      first_name: 'Ada',
      last_name: 'Lovelace',
      age: 36,
      email: 'ada@example.org',
      site: 'https://example.org/ada',
    })
    assert.deepEqual(asked('add 3 and 5', { a: { type: 'number' }, b: { type: 'number' } }), { a: 3, b: 5 })
    assert.deepEqual(asked('the average of 3, 5 and 9', { numbers: { type: 'array', items: { type: 'number' } } }), {
      numbers: [3, 5, 9],
    })
    assert.deepEqual(asked('cities: Paris, Rome and Oslo', { cities: { type: 'array', items: { type: 'string' } } }), {
      cities: ['Paris', 'Rome', 'Oslo'],
    })
    assert.deepEqual(asked('tags: red, shiny and new', { tags: { type: 'array', items: { type: 'string' } } }), {
      tags: ['red', 'shiny', 'new'],
    })
    assert.deepEqual(
      asked('set the limit to 7 without details', { limit: { type: 'integer' }, details: { type: 'boolean' } }),
      { limit: 7, details: false },
    )
    assert.deepEqual(
      asked('in shades of red and blue', {
        shades: { type: 'array', items: { type: 'string', enum: ['blue', 'green', 'red'] } },
      }),
      { shades: ['red', 'blue'] },
    )
  })

  test('a value outside the bounds is not taken', () => {
    assert.deepEqual(asked('for 12 guests', { guests: { type: 'integer', maximum: 8 } }), { guests: 1 })
    assert.deepEqual(asked('grade: excellent', { grade: { type: 'string', maxLength: 3 } }), { grade: 'exa' })
  })

  test('nothing said about a property that may be null is null', () => {
    assert.deepEqual(
      asked('hello', {
        nickname: { type: ['string', 'null'] },
        age: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      }),
      { nickname: null, age: null },
    )
  })
})
