/** A grammar takes what fits its schema and nothing else: by example, and by values that were changed a little. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonSchema } from '@moonbase/core/generation'
import { isFields } from '@moonbase/protocol'
import { firstMismatch } from '@moonbase/protocol/mfjs'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { randomSchema } from '../../../../../test/support/random-schema.ts'
import { OWN_CASES, moonshotCases } from './testing/grammar-cases.ts'
import { GrammarError, type GrammarOptions, jsonGrammar, toolArgumentsGrammar } from './index.ts'
import { Gbnf } from './read-gbnf.ts'

const grammarOf = (schema: JsonSchema, options?: GrammarOptions): Gbnf =>
  new Gbnf(jsonGrammar({ type: 'schema', schema }, options))

function own(name: string): JsonSchema {
  const schema = OWN_CASES[name]
  assert.ok(schema !== undefined)
  return schema
}

/** Two ways through it put the same members in different orders. */
const MIXED = 'a reference and more'

/** What a schema's grammar takes, and what it does not. */
const EXAMPLES: readonly (readonly [
  name: string,
  schema: JsonSchema,
  taken: readonly string[],
  not: readonly string[],
])[] = [
  [
    'members that may be missing, in any combination and with the right commas',
    own('members that may be missing'),
    ['{"b":"","d":""}', '{"a":"","b":"","c":"","d":""}', '{"b":"","c":"","d":""}', ' {"b": "", "d": ""}'],
    [
      '{}',
      '{"b":""}',
      '{"d":"","b":""}',
      '{,"b":"","d":""}',
      '{"b":"","d":"",}',
      '{"b":"","b":"","d":""}',
      '{"b":"""d":""}',
      '{"b":"","d":"","e":1}',
    ],
  ],
  [
    'an object of members none of which is required',
    own('only members that may be missing'),
    ['{}', '{"a":""}', '{"b":true}', '{"a":"","b":false}'],
    ['{"b":true,"a":""}', '{"a":"",}', '{"b":1}', '', '{'],
  ],
  [
    'names with quotation marks, backslashes, line ends and none at all',
    own('names that need escapes'),
    [String.raw`{"\n":""}`, String.raw`{"a\"b":"","\\x":"","\n":"","😀":"","":"","__proto__x":""}`],
    ['{"a"b":"","\\n":""}', '{"\n":""}'],
  ],
  [
    'names that the schema does not name, but not its own in disguise',
    own('other members'),
    [
      '{"a":""}',
      '{"a":"","b":1}',
      '{"a":"","abc":1,"aa":2}',
      '{"a":"","ab":"","é":1}',
      '{"a":"","A":1}',
      '{"a":"","😀":-1}',
    ],
    [
      '{"a":"","a":1}',
      '{"a":"","ab":1}',
      '{"a":"","b":""}',
      String.raw`{"a":"","\u0061b":1}`,
      String.raw`{"a":"","b\"":1}`,
      '{"a":"","":1}',
      '{"a":"","x":1,}',
    ],
  ],
  [
    'an object that names no member',
    own('members of any name'),
    ['{}', '{"a":1}', '{"a":{"b":[{}]}}'],
    ['[]', '{"a"}', '{"":1}'],
  ],
  ['an object that is closed', { type: 'object', additionalProperties: false }, ['{}'], ['{"a":1}']],
  [
    'an object that names members and does not ask for others',
    { type: 'object', properties: { a: { type: 'null' } } },
    ['{}', '{"a":null}'],
    ['{"b":1}'],
  ],
  [
    'any JSON',
    {},
    ['null', 'true', '"a"', '-0.5e-7', '12', '[]', '[[],{}]', '{"a":[1,"b",null]}'],
    ['', 'nul', '01', '+1', '.5', '1.', '[1,]', '[,1]', "{'a':1}", '{"a" :1}', '[1]  ', '\n1'],
  ],
  [
    'characters however they are written',
    { type: 'string', minLength: 2, maxLength: 3 },
    [
      '"ab"',
      '"äöü"',
      '"😀😀"',
      '"😀😀😀"',
      String.raw`"\ud83d\uDE00\n\""`,
      String.raw`"\u0041\/"`,
      '"\u2028\u007f\u{10ffff}"',
    ],
    [
      '"a"',
      '"abcd"',
      '"😀"',
      String.raw`"\ud83d\ude00"`,
      String.raw`"\ud83da"`,
      String.raw`"\ude00a"`,
      String.raw`"a\x41"`,
      '"a\nb"',
      '"a\u0000"',
      '"ab',
      'ab',
    ],
  ],
  [
    'exactly so many',
    { type: 'array', items: { type: 'null' }, minItems: 2, maxItems: 2 },
    ['[null,null]', '[null, null]'],
    ['[]', '[null]', '[null,null,null]', '[null,null,]'],
  ],
  [
    'lists in lists',
    own('lists in lists'),
    ['[[]]', '[[-3,14],[]]', '[[1,2,3],[4]]'],
    ['[]', '[[15]]', '[[1,2,3,4]]', '[[],[],[]]'],
  ],
  ['no items', own('a list without items'), ['[]'], ['[null]', '[1]']],
  [
    'values of many types',
    own('values of many types'),
    ['"a"', '"ab"', '""', 'null', '1', '12', '-0.5', '1e+21'],
    ['"abc"', '"b"', '2', '121', 'true', '"'],
  ],
  ['values that their bounds leave', own('values that their bounds leave'), ['"bb"', '"😀😀"'], ['"a"', '"ccc"']],
  [
    'objects as values',
    own('objects as values'),
    ['{"a":2}', String.raw`{"b":["\"","\\","\n"]}`],
    ['{"a":1}', '{"a":3}', '{}'],
  ],
  [
    'what a reference and what stands beside it say together',
    own(MIXED),
    ['{"age":1,"name":"ab"}', '{"name":"a","x":2}', '{"name":"a","x":"y"}', '{"name":"a"}'],
    ['{"age":1}', '{"name":1}', '{"name":""}', '{"name":"a","x":""}', '{"age":"","name":"ab"}'],
  ],
  [
    'what branches and what stands beside them say together',
    own('branches and more'),
    ['{"kind":""}', '{"kind":"","x":"y"}', '"text"'],
    ['{}', '{"kind":1}', 'null', '1'],
  ],
  [
    'definitions that lead to each other',
    own('definitions that lead to each other'),
    ['{"result":1}', '{"result":{"of":{"all":[1,{"of":2}]}}}'],
    ['{"result":{"all":[1]}}', '{"result":{"of":{}}}'],
  ],
  ['a definition that begins with itself', own('a definition that begins with itself'), ['"a"'], ['1', 'null', '']],
  [
    'only ends where there is one',
    own('a member that has no end may be missing'),
    ['{"one":null,"two":[]}'],
    ['{"one":{},"two":[]}', '{"one":null,"two":[{}]}', '{}'],
  ],
]

describe('a grammar takes', () => {
  for (const [name, schema, taken, not] of EXAMPLES) {
    test(name, () => {
      const grammar = grammarOf(schema)
      for (const text of taken) assert.ok(grammar.takes(text), `refused: ${text}`)
      for (const text of not) assert.ok(!grammar.takes(text), `taken: ${text}`)
      for (const text of taken) assert.equal(firstMismatch(schema, JSON.parse(text)), undefined, text)
    })
  }

  test('values that were changed a little if they still fit, and only then', () => {
    const random = seededRandom(1)
    const schemas = [
      ...moonshotCases(),
      ...Object.entries(OWN_CASES).flatMap(([name, schema]) => (name === MIXED ? [] : [schema])),
      ...Array.from({ length: 120 }, (_, seed) => randomSchema(seededRandom(seed))),
    ]
    let fitting = 0
    let broken = 0
    for (const schema of schemas.map(closed).filter(hasValue)) {
      const grammar = grammarOf(schema)
      for (let round = 0; round < 40; round += 1) {
        const text = JSON.stringify(changed(JSON.parse(grammar.text(random, 80)), random))
        // Numbers are not written so where there are bounds.
        if (/\de|\d{20}/.test(text)) continue
        const fits = firstMismatch(schema, JSON.parse(text)) === undefined
        assert.equal(grammar.takes(text), fits, `${text} for ${JSON.stringify(schema)}`)
        if (fits) fitting += 1
        else broken += 1
      }
    }
    assert.ok(fitting > 1000 && broken > 1000, `${fitting} fitted, ${broken} did not`)
  })

  test('in JSON mode any object and nothing else', () => {
    const grammar = new Gbnf(jsonGrammar({ type: 'object' }))
    for (const text of ['{}', '{"a":1}', '{"a": [1, {"b": "c"}]}']) assert.ok(grammar.takes(text), text)
    for (const text of ['[]', 'null', '"{}"', '{}{}', '']) assert.ok(!grammar.takes(text), text)
  })

  test('as arguments only objects, where the schema does not say so too', () => {
    const grammar = new Gbnf(toolArgumentsGrammar({ properties: { a: { type: 'null' } }, required: ['a'] }))
    assert.ok(grammar.takes('{"a":null}'))
    for (const text of ['1', '[]', '{}']) assert.ok(!grammar.takes(text), text)
    assert.ok(new Gbnf(toolArgumentsGrammar({})).takes('{"a":1}'))
  })
})

describe('bounds', () => {
  const bounded = { stringCharacters: 3, items: 2, depth: 2 }

  test('hold where the schema has none', () => {
    const grammar = grammarOf({}, { bounded })
    for (const text of ['"abc"', '[1,2]', '[[]]', '{"abc":1,"b":2}', '[{"a":[]}]']) assert.ok(grammar.takes(text), text)
    for (const text of ['"abcd"', '[1,2,3]', '[[[[]]]]', '{"abcd":1}', '{"a":1,"b":2,"c":3}']) {
      assert.ok(!grammar.takes(text), text)
    }
  })

  test('give way to those of the schema', () => {
    const long = grammarOf({ type: 'string', maxLength: 5 }, { bounded })
    assert.ok(long.takes('"abcde"') && !long.takes('"abcdef"'))
    const demanding = grammarOf({ type: 'array', items: { type: 'string', minLength: 4 }, minItems: 3 }, { bounded })
    assert.ok(demanding.takes('["abcd","abcd","abcd"]'))
    assert.ok(!demanding.takes('["abcd","abcd","abcd","abcd"]') && !demanding.takes('["abcde","abcd","abcd"]'))
  })

  test('of depth end recursions, and leave alone what is deep by its schema', () => {
    const list = grammarOf(
      { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false },
      { bounded },
    )
    assert.ok(list.takes('{"next":{"next":{}}}') && !list.takes('{"next":{"next":{"next":{}}}}'))
    let deep: JsonSchema = { type: 'null' }
    for (let level = 0; level < 5; level += 1) deep = { type: 'array', items: deep, minItems: 1, maxItems: 1 }
    assert.ok(grammarOf(deep, { bounded }).takes('[[[[[null]]]]]'))
  })

  test('of depth never shut out the shortest value', () => {
    const $defs = { wrapped: { anyOf: [{ type: 'null' }, { $ref: '#' }] } }
    const schema = {
      $defs,
      type: 'array',
      items: { type: 'array', items: { $ref: '#/$defs/wrapped' }, minItems: 1 },
      minItems: 1,
    }
    assert.ok(grammarOf(schema, { bounded: { depth: 0 } }).takes('[[null]]'))
  })
})

describe('no grammar', () => {
  const kindOf = (schema: JsonSchema): string => {
    try {
      jsonGrammar({ type: 'schema', schema })
      return 'none'
    } catch (error) {
      assert.ok(error instanceof GrammarError, String(error))
      return error.kind
    }
  }

  test('is made for a schema that nothing fits', () => {
    for (const schema of [
      { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] },
      { $ref: '#' },
      { $ref: '#/$defs/missing' },
      { type: 'integer', minimum: 0.2, maximum: 0.8 },
      { type: 'string', minLength: 3, maxLength: 2 },
      { type: 'string', minLength: 999_999_999_999 },
      { type: 'string', enum: [] },
      { type: 'string', enum: ['abc'], maxLength: 2 },
      { type: 'array', items: { $ref: '#' }, minItems: 1 },
      { type: 'object', required: ['a'], additionalProperties: false },
      { type: 'number', enum: [Infinity] },
      { type: 'number', minimum: Infinity },
    ]) {
      assert.equal(kindOf(schema), 'no-instance', JSON.stringify(schema))
    }
  })

  test('is made where alternatives multiply beyond measure, and this is soon seen', () => {
    const branches = (letter: string): JsonSchema => ({
      anyOf: Array.from({ length: 100 }, (_, index) => ({ type: 'object', required: [`${letter}${index}`] })),
    })
    const $defs = {
      one: branches('a'),
      two: { ...branches('b'), $ref: '#/$defs/one' },
      three: { ...branches('c'), $ref: '#/$defs/two' },
    }
    assert.equal(kindOf({ $defs, $ref: '#/$defs/three' }), 'too-complex')
  })

  test('is made when it would be too long, and this is soon seen', () => {
    const properties = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`member${index}`, { $ref: '#' }]))
    const schema = { type: 'object', properties }
    assert.equal(kindOf(schema), 'none')
    assert.throws(
      () => jsonGrammar({ type: 'schema', schema }, { bounded: { depth: 100 } }),
      (error) => error instanceof GrammarError && error.kind === 'too-large',
    )
  })

  test('is refused to alternatives that only seem to multiply', () => {
    const definitions = Array.from({ length: 40 }, (_, index): [string, JsonSchema] => {
      const next = { $ref: `#/$defs/d${index + 1}` }
      return [`d${index}`, { anyOf: [next, next] }]
    })
    const $defs = { ...Object.fromEntries(definitions), d40: { type: 'null' } }
    assert.ok(grammarOf({ $defs, anyOf: [{ $ref: '#/$defs/d0' }] }).takes('null'))
  })
})

/** Members that a schema does not name have their place and their reason; here it is about those that it names. */
function closed(schema: JsonSchema): JsonSchema {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    return isFields(value) ? closed(value) : value
  }
  const parts = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inside(value)]))
  return isFields(schema['properties']) ? { ...parts, additionalProperties: false } : parts
}

function hasValue(schema: JsonSchema): boolean {
  try {
    jsonGrammar({ type: 'schema', schema })
    return true
  } catch (error) {
    assert.ok(error instanceof GrammarError)
    return false
  }
}

/** The same value with one thing in it left out, doubled or replaced; nothing changes its place or gets a new name. */
function changed(value: unknown, random: () => number): unknown {
  if (random() < 0.1) return SCALARS[Math.floor(random() * SCALARS.length)]
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value
    const place = Math.floor(random() * list.length)
    if (random() < 0.3) return list.toSpliced(place, 1)
    if (random() < 0.3) return list.toSpliced(place, 0, ...list.slice(place, place + 1))
    return list.map((item, index) => (index === place ? changed(item, random) : item))
  }
  if (isFields(value)) {
    const names = Object.keys(value)
    const chosen = names[Math.floor(random() * names.length)]
    if (random() < 0.3) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== chosen))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, name === chosen ? changed(member, random) : member]),
    )
  }
  if (typeof value === 'number') return Math.round((value + (random() - 0.5) * 4) * 100) / 100
  if (typeof value === 'string') return random() < 0.5 ? Array.from(value).slice(1).join('') : `${value}😀`
  return SCALARS[Math.floor(random() * SCALARS.length)]
}

const SCALARS: readonly unknown[] = [null, true, false, 0, 1, -2.5, '', 'alpha', [], {}]
