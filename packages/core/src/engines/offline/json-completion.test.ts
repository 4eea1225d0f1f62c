import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstMismatch, validateMfjs } from '@moonbase/protocol/mfjs'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { completeJson } from './json-completion.ts'
import { randomSchema } from '../../../../../test/support/random-schema.ts'
import { NoInstanceError } from './instance-budget.ts'
import { InstanceMaker } from './schema-instance.ts'
import { ValueFinder } from './value-finder.ts'

type Schema = Readonly<Record<string, unknown>>

function complete(prefix: string, schema: Schema = {}, text = ''): string | undefined {
  return completeJson(prefix, {
    schema,
    newMaker: () => new InstanceMaker(schema, { finder: new ValueFinder([text]), complete: true, prose: 'prose' }),
    fits: (value) => firstMismatch(schema, value) === undefined,
  })
}

const PERSON: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer', minimum: 18, maximum: 99 },
    mood: { type: 'string', enum: ['glad', 'sad'] },
    tags: { type: 'array', items: { type: 'string' }, minItems: 2 },
  },
  required: ['name', 'age', 'mood', 'tags'],
  additionalProperties: false,
}

describe('completion of JSON', () => {
  test('every prefix of every instance of random schemas is completed to fit', () => {
    const seed = 62_008
    const random = seededRandom(seed)
    let tried = 0
    for (let round = 0; round < 24; round += 1) {
      const schema = randomSchema(random)
      if (validateMfjs(schema) !== undefined) continue
      const maker = new InstanceMaker(schema, {
        finder: new ValueFinder(['Ada is 7']),
        complete: true,
        prose: 'a\n"b"',
      })
      let instance: unknown
      try {
        instance = maker.make()
      } catch (error) {
        assert.ok(error instanceof NoInstanceError)
        continue
      }
      const whole = JSON.stringify(instance, undefined, round % 2 === 0 ? 2 : undefined)
      for (let length = 0; length <= Math.min(whole.length, 300); length += 1) {
        const prefix = whole.slice(0, length)
        const story = `seed ${seed}, round ${round}: ${JSON.stringify(schema)} from ${prefix}`
        const tail = complete(prefix, schema, 'Ada is 7')
        assert.ok(tail !== undefined, story)
        assert.equal(firstMismatch(schema, JSON.parse(prefix + tail)), undefined, `${story} with ${tail}`)
        tried += 1
      }
    }
    assert.ok(tried > 1_000, `only ${tried} prefixes`)
  })

  test('goes on with the values of the message', () => {
    const tail = complete('{"name": "Al', PERSON, 'Alice is 30 and glad')
    assert.equal(tail, 'ice", "age": 30, "mood": "glad", "tags": ["example tags", "example tags"]}')
  })

  test('a number gets the digits that bring it within bounds', () => {
    assert.equal(JSON.parse(`{"age": 3${complete('{"age": 3', PERSON) ?? ''}`).age, 30)
    assert.equal(JSON.parse(`{"age": 42${complete('{"age": 42', PERSON) ?? ''}`).age, 42)
    const between = { type: 'number', minimum: -7.5, maximum: -7.25 }
    for (const prefix of ['-', '-7', '-7.'])
      assert.equal(firstMismatch(between, Number(prefix + (complete(prefix, between) ?? ''))), undefined, prefix)
  })

  test('keeps the layout', () => {
    assert.equal(
      complete('{"a":1,"b":[1', { type: 'object', properties: { a: {}, b: {}, c: { type: 'null' } }, required: ['c'] }),
      '],"c":null}',
    )
    assert.equal(
      complete('{\n    "name": "Ada",\n', PERSON, 'Ada, 36'),
      '    "age": 36,\n    "mood": "glad",\n    "tags": [\n        "example tags",\n        "example tags"\n    ]\n}',
    )
  })

  test('ends any JSON without a schema', () => {
    for (const whole of [
      '{"a": {"b": [1.5e3, true, null, "x\\u00e9\\n\\"y"]}, "c": {}}',
      '[[], [{}], -0.5, "\\ud83d\\ude00"]',
      '"text"',
      'false',
      '-12',
    ]) {
      for (let length = 1; length <= whole.length; length += 1) {
        const prefix = whole.slice(0, length)
        const tail = complete(prefix)
        assert.ok(tail !== undefined, prefix)
        assert.doesNotThrow(() => JSON.parse(prefix + tail), `${prefix} + ${tail}`)
      }
    }
  })

  test('a complete text needs nothing, and what is no JSON is left alone', () => {
    assert.equal(complete('{"a": 1} \n'), '')
    for (const prefix of [
      '{a',
      '{"a" 1',
      '[1 2',
      '01',
      '{"a": 1} and',
      'nothing',
      '{,',
      '[,',
      '"\t',
      '"\\x',
      '{"a": +',
      '-a',
    ]) {
      assert.equal(complete(prefix), undefined, prefix)
    }
  })

  test('of several forms it takes one that the prefix allows', () => {
    const shapes = {
      anyOf: ['circle', 'square'].map((kind) => ({
        type: 'object',
        properties: {
          kind: { type: 'string', enum: [kind] },
          [kind === 'circle' ? 'radius' : 'side']: { type: 'integer' },
        },
        required: ['kind', kind === 'circle' ? 'radius' : 'side'],
        additionalProperties: false,
      })),
    }
    assert.equal(complete('{"kind": "sq', shapes), 'uare", "side": 1}')
    assert.equal(complete('{"radius": 4', shapes), ', "kind": "circle"}')
  })

  test('a text that is too deep or too long is left alone', () => {
    assert.equal(complete('['.repeat(1_000)), undefined)
    assert.equal(complete(`"${'x'.repeat(300_000)}`), undefined)
  })
})
