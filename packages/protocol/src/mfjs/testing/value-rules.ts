/** Rules of `type`, `anyOf`, `enum`, bounds and notes. */
import { both, fine, fullOnly, here, one, row, type Rule, text, whole, withType } from './rule.ts'

const COUNTS = [
  ['string', 'minLength', 'maxLength'],
  ['array', 'minItems', 'maxItems'],
] as const
const besideBranch = (keyword: string): string =>
  `conflicting keywords found in anyOf with parent: keywords (${keyword}) are defined on the parent schema and inside anyOf; remove them from the parent or from anyOf branches`
const two =
  'when type is array and enum is specified, currently only 2 types are supported, one must be null, and the other can be string/integer/number/boolean'

export const VALUE_RULES: readonly Rule[] = [
  row('a type has a name that there is', () => both({ type: 'text' }, here('invalid type'))),
  row('a type is a text or a list', (random) =>
    both({ type: one(random, [3, null, {}, true]) }, here('type must be string or array of strings')),
  ),
  row('a list of types is not empty', () => both({ type: [] }, here('type array cannot be empty'))),
  row('a list of types has names', (random) =>
    both({ type: ['string', one<unknown>(random, ['text', 3, null])] }, here('invalid type in type array')),
  ),
  row('several types have notes alone beside them', (random) => {
    const keyword = one(random, ['default', 'minLength', 'properties', 'oneOf'])
    const says = `keyword ${keyword} is not allowed in combination with multiple types`
    const ultra = keyword === 'oneOf' ? here('unsupported keywords: oneOf') : here(says)
    return { schema: { type: ['string', 'integer'], description: 'd', [keyword]: {} }, strict: here(says), ultra }
  }),
  row('no type is named twice', () =>
    fullOnly({ type: ['null', 'null'] }, here('duplicate types in type array', 'type')),
  ),
  row('a type stands inside anyOf', () => both({ ...text, anyOf: [text] }, here(withType('anyOf')))),
  row('a type stands behind $ref', () => both({ ...text, $ref: '#' }, here(withType('$ref')))),

  row('anyOf is a list', () => both({ anyOf: text }, here('anyOf must be an array', 'anyOf'))),
  row('anyOf has 1 to 500 branches', (random) =>
    both(
      { anyOf: Array.from({ length: whole(random, 2) * 501 }, () => text) },
      here('anyOf must have 1-500 items', 'anyOf'),
    ),
  ),
  row('anyOf has schemas', () => both({ anyOf: [text, true] }, here('schema in anyOf must be an object', 'anyOf'))),
  row('a branch says nothing again', () => ({
    schema: { anyOf: [text, { ...text, default: 'a' }], default: 'b' },
    strict: here(besideBranch('default')),
    ultra: here("keyword 'default' is not allowed at the same level as anyOf"),
  })),
  row('a branch repeats no note', () =>
    fullOnly({ anyOf: [{ ...text, description: 'a' }], description: 'b' }, here(besideBranch('description'))),
  ),
  row('anyOf has notes alone beside it', () =>
    fullOnly({ anyOf: [text], default: 'b' }, here("keyword 'default' is not allowed at the same level as anyOf")),
  ),

  row('an enum is a list', () => both({ ...text, enum: 'a' }, here('enum must be an array', 'enum'))),
  row('an enum has values', () => both({ ...text, enum: [] }, here('enum array cannot be empty', 'enum'))),
  row('an enum has at most 1,000 values', (random) => {
    const values = Array.from({ length: 1000 + whole(random, 2) }, (_, index) => index)
    const schema = { type: 'integer', enum: values }
    return values.length === 1000
      ? fine(schema)
      : both(schema, here('enum array cannot have more than 1000 items', 'enum'))
  }),
  row('an enum has a type beside it', () => both({ enum: ['a'] }, here('type is not defined'))),
  row('an enum has a legible type beside it', () => both({ enum: ['a'], type: 7 }, here('invalid type value'))),
  row('an enum has values of its type', (random) => {
    const [value, says] = one<readonly [unknown, string]>(random, [
      [1.5, '1.5'],
      [null, '<nil>'],
      [[1, 'b'], '[1 b]'],
      [{ a: true }, 'map[a:true]'],
    ])
    return both(
      { ...text, enum: ['a', value] },
      here(`enum value (${says}) does not match any type in [string]`, 'enum'),
    )
  }),
  row('an enum of numbers has numbers', () =>
    both({ type: 'number', enum: [1, '2'] }, here('not a valid number', 'enum')),
  ),
  row('an enum of integers has integers', () =>
    both({ type: 'integer', enum: [1, 2.5] }, here('not a valid integer', 'enum')),
  ),
  row('null behind a number is never reached', () =>
    both({ type: ['integer', 'null'], enum: [1, null] }, here('not a valid integer', 'enum')),
  ),
  row('null before a number is', () => fine({ type: ['null', 'integer'], enum: [1, null] })),
  row('an enum has one plain type and null', () => both({ type: ['string', 'integer'], enum: ['a'] }, here(two))),
  row('an enum does not have null twice', () =>
    both({ type: ['null', 'null'], enum: [null] }, here('invalid type combination with enum:  + null')),
  ),
  row('an enum has no nested type among several', (random) => {
    const type = one(random, ['object', 'array'])
    return both({ type: ['null', type], enum: [null] }, here(`type ${type} is not allowed in combination with enum`))
  }),

  row('a count is a number', (random) => {
    const [type, low, high] = one(random, COUNTS)
    const keyword = one(random, [low, high])
    return fullOnly({ type, [keyword]: one<unknown>(random, ['5', [], true]) }, here(`${keyword} must be an integer`))
  }),
  row('a count is not negative', (random) => {
    const [type, low, high] = one(random, COUNTS)
    const keyword = one(random, [low, high])
    return fullOnly({ type, [keyword]: -1 - whole(random) }, here(`${keyword} must be non-negative`))
  }),
  row('a count is whole', (random) => {
    const [type, ...keywords] = one(random, COUNTS)
    return fullOnly({ type, [one(random, keywords)]: whole(random) + 0.25 }, here('not a valid integer'))
  }),
  row('counts are in order', (random) => {
    const [type, low, high] = one(random, COUNTS)
    const [most, more] = [whole(random), whole(random, 3)]
    const schema = { type, [low]: most + more, [high]: most }
    return more === 0
      ? fine(schema)
      : fullOnly(schema, here(`${low} (${most + more}) cannot be greater than ${high} (${most})`, low))
  }),
  row('a bound is a number', (random) => {
    const keyword = one(random, ['minimum', 'maximum'])
    const [type, kind] = one(random, [
      ['number', 'a number'],
      ['integer', 'an integer'],
    ])
    return fullOnly({ type, [keyword]: one<unknown>(random, ['0', {}, false]) }, here(`${keyword} must be ${kind}`))
  }),
  row('a bound of integers is whole', (random) =>
    fullOnly(
      { type: one<unknown>(random, ['integer', ['integer']]), minimum: whole(random) + 0.5 },
      here('not a valid integer'),
    ),
  ),
  row('bounds are in order', (random) => {
    const most = whole(random) / 4
    return fullOnly(
      { type: 'number', minimum: most + 1, maximum: most },
      here(`minimum (${most + 1}) cannot be greater than maximum (${most})`),
    )
  }),
  row('bounds of another type come second', (random) => {
    const [type, low] = one(random, COUNTS)
    return fullOnly({ type, [low]: -1, minimum: 'x' }, here('invalid keywords: minimum'))
  }),

  row('notes are texts', () => both({ ...text, description: 3 }, here('description must be a string', 'description'))),
  row('a title may be anything', () => fine({ type: 'object', properties: { p: { ...text, title: 3 } } })),
  row('a pattern is a text', () => both({ ...text, pattern: 3 }, here('pattern must be a string', 'pattern'))),
  row('a pattern is let pass', () => fine({ ...text, pattern: '^a' })),
  row('keywords are MFJS', (random) => {
    const keyword = one(random, ['format', 'const', 'oneOf', '$schema', 'nullable', 'multipleOf'])
    return fullOnly(
      { ...text, not: {}, [keyword]: 'x' },
      here(`unsupported keywords: ${[keyword, 'not'].toSorted().join(', ')}`),
    )
  }),
  row('keywords are of the type', (random) => {
    const keyword = one(random, ['minItems', 'maximum', 'items', 'properties'])
    return fullOnly(
      { ...text, [keyword]: {}, required: [] },
      here(`invalid keywords: ${[keyword, 'required'].toSorted().join(', ')}`),
    )
  }),
  row('$id stands at the root', () => fullOnly({ ...text, $id: 'x' }, here('keyword $id must be at root level'))),
]
