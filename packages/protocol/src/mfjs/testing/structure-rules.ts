/** Rules of objects, lists, references and the root. */
import { CHOICE_DEFINITION, type Fields, type Random, type RandomMfjs, TEXT_DEFINITION } from './random-mfjs.ts'
import { both, fullOnly, here, ofRoot, one, type Planted, row, type Rule, text, withType } from './rule.ts'

const ref = (name: string, more: Fields = {}): Fields => ({ $ref: `#/$defs/${name}`, ...more })
const besideTarget = (keyword: string): string =>
  `conflicting keywords found after $ref expansion: keywords (${keyword}) are defined both alongside "$ref" and in the referenced schema; remove the duplicates`
const besideTargetBranch = (keyword: string): string =>
  `conflicting keywords found in anyOf after ref expansion: keywords (${keyword}) are defined alongside "$ref" and inside anyOf in the referenced schema; define them in only one place`

export const STRUCTURE_RULES: readonly Rule[] = [
  row('properties are a dict', () =>
    both({ type: 'object', properties: [] }, here('properties must be an object', 'properties')),
  ),
  row('properties are schemas', () =>
    both({ type: 'object', properties: { p: 1 } }, here("property schema for 'p' must be an object", 'properties')),
  ),
  row('properties do not have names of keywords', (random) => {
    const name = one(random, ['$defs', '$ref', 'anyOf', 'required', 'additionalProperties'])
    const says = `property name '${name}' is reserved for JSON Schema keywords`
    return both({ type: 'object', properties: { [name]: text } }, here(says, 'properties'))
  }),
  row('properties have names', () =>
    fullOnly({ type: 'object', properties: { '': text } }, here('property name cannot be empty', 'properties')),
  ),
  row('required is a list', () =>
    both({ type: 'object', required: true }, here('required must be an array', 'required')),
  ),
  row('required has names', () =>
    both(
      { type: 'object', required: ['p', 1], properties: { p: text } },
      here('items in required array must be strings', 'required'),
    ),
  ),
  row('what is required is there', () =>
    both(
      { type: 'object', required: ['q'], properties: { p: text } },
      here("required property 'q' is not defined in properties", 'required'),
    ),
  ),
  row('what is required is required once', () =>
    fullOnly(
      { type: 'object', required: ['p', 'p'], properties: { p: text } },
      here('duplicate items in required array: p', 'required'),
    ),
  ),
  row(
    'required stands in an object',
    () =>
      fullOnly(
        { required: ['p'], properties: { p: text } },
        here('required keyword must be used with object', 'required'),
      ),
    { untyped: true },
  ),
  row('additionalProperties are a boolean or a schema', (random) =>
    both(
      { type: 'object', additionalProperties: one<unknown>(random, [null, 1, []]) },
      here('additionalProperties must be a boolean or an object', 'additionalProperties'),
    ),
  ),
  row('items are one schema', (random) =>
    both(
      { type: 'array', items: one<unknown>(random, [true, [text], null]) },
      here('items must be an object', 'items'),
    ),
  ),

  row('$ref is a text', () => both({ $ref: 3 }, here('$ref must be a string', '$ref'))),
  row('$ref stays inside', (random) =>
    both(
      { $ref: one(random, ['#/definitions/A', 'https://example.com/a', '']) },
      here('references must start with #/$defs/', '$ref'),
    ),
  ),
  row('$ref has a name', () => both({ $ref: '#/$defs/' }, here('definition name cannot be empty', '$ref'))),
  row('$ref leads to something', (random) => {
    const name = one(random, ['Nowhere', 'Text/items', 'toString'])
    return both(ref(name), ofRoot(`invalid $ref path: #/$defs/${name}`))
  }),
  row('$ref has notes alone beside it', () =>
    fullOnly(
      ref(TEXT_DEFINITION, { default: 'x' }),
      here("keyword 'default' is not allowed at the same level as $ref"),
    ),
  ),
  row(
    '$ref has no choice beside it',
    () => ({
      schema: ref(TEXT_DEFINITION, { anyOf: [text] }),
      strict: here(`invalid schema after $ref expansion: (${withType('anyOf')})`),
      ultra: here("keyword 'anyOf' is not allowed at the same level as $ref"),
    }),
    { outsideDefs: true },
  ),
  row(
    '$ref has no note that its target has',
    () => fullOnly(ref(TEXT_DEFINITION, { description: 'x' }), here(besideTarget('description'))),
    { outsideDefs: true },
  ),
  row(
    '$ref has no note that a branch of its target has',
    () => fullOnly(ref(CHOICE_DEFINITION, { description: 'x' }), here(besideTargetBranch('description'))),
    { outsideDefs: true },
  ),
  row(
    'a default has no $ref that leads nowhere',
    () => both({ ...text, default: { deep: ref('Nowhere') } }, ofRoot('invalid $ref path: #/$defs/Nowhere')),
    { outsideDefs: true },
  ),
  row(
    'a default has no $ref in an odd place',
    () => both({ ...text, default: ref(TEXT_DEFINITION) }, here('$ref is not allowed in this schema.', 'default')),
    { outsideDefs: true },
  ),
  row(
    'an unknown keyword has no $ref that leads outside',
    () => ({
      schema: { ...text, not: { items: { $ref: 'https://example.com' } } },
      strict: ofRoot('only local references are supported', '$ref'),
      ultra: here('unsupported keywords: not'),
    }),
    { outsideDefs: true },
  ),
  row('a name with braces cannot be found again', () =>
    both(
      { type: 'object', properties: { '{id}': { ...text, enum: ['a'] } } },
      here('invalid path: <path>', 'properties', '{id}', 'enum'),
    ),
  ),
]

/** A rule that the whole schema breaks. Paths are from the root. */
export interface RootRule {
  readonly name: string
  readonly plant: (root: RandomMfjs['root'], random: Random) => Planted
}

const withDefinitions = (root: Fields, more: Fields): Fields => ({
  ...root,
  $defs: { ...Object(root['$defs']), ...more },
})

/** The old root becomes a property that nobody requires, behind one that is required. */
function requiring(root: Fields, property: Fields, definition: Fields): Fields {
  const { $defs, $id: _, ...old } = withDefinitions(root, { Loop: definition })
  return { type: 'object', properties: { loop: property, old }, required: ['loop'], $defs }
}

export const ROOT_RULES: readonly RootRule[] = [
  { name: '$id is a text', plant: (root) => both({ ...root, $id: 3 }, here('$id must be a string', '$id')) },
  {
    name: '$defs are a dict',
    plant: (root) =>
      both({ type: 'object', $id: root['$id'] ?? 'x', $defs: [] }, here('$defs must be an object', '$defs')),
  },
  {
    name: 'definitions are schemas',
    plant: (root) => both(withDefinitions(root, { A: true }), here('$defs schema must be object', '$defs')),
  },
  {
    name: 'definitions have names',
    plant: (root) => both(withDefinitions(root, { '': text }), here('$defs property name cannot be empty', '$defs')),
  },
  {
    name: 'names of definitions have no slash, nor names inside them',
    plant(root, random) {
      const says = "$defs property name 'a/b' cannot contain '/' character"
      const [definitions, at] = one<readonly [Fields, readonly string[]]>(random, [
        [{ 'a/b': text }, ['$defs']],
        [{ A: { type: 'object', properties: { 'a/b': text } } }, ['$defs', 'A']],
        [{ A: { ...text, default: [{ 'a/b': 1 }] } }, ['$defs', 'A']],
      ])
      return both(withDefinitions(root, definitions), { at, says })
    },
  },
  {
    name: 'a reference needs $defs',
    plant: () =>
      both(
        { type: 'object', properties: { a: ref('A') } },
        here('$defs not found for reference: #/$defs/A', 'properties', 'a', '$ref'),
      ),
  },
  {
    name: 'recursion ends',
    plant(root, random) {
      const loop = ref('Loop')
      const definition = one<Fields>(random, [
        { type: 'object', properties: { next: loop }, required: ['next'] },
        { type: 'array', items: loop },
        { type: 'array', items: { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] } },
        { anyOf: [loop, { type: 'array', minItems: 1, items: loop }] },
        { description: 'No type, so no end.' },
        loop,
      ])
      const says = 'detected infinite recursion without termination condition'
      return both(requiring(root, loop, definition), here(says, 'properties', 'loop'))
    },
  },
  {
    name: 'recursion that may end may go on',
    plant(root, random) {
      const loop = ref('Loop')
      const definition = one<Fields>(random, [
        { type: 'object', properties: { next: loop } },
        { type: 'object', properties: { next: loop, name: text }, required: ['next', 'name'] },
        { anyOf: [loop, text] },
        { anyOf: [{ type: 'array', items: loop }, { type: ['array', 'null'] }] },
        {},
      ])
      return { schema: requiring(root, loop, definition), strict: undefined, ultra: undefined }
    },
  },
  {
    name: 'a chain of references says a note once',
    plant: (root) =>
      fullOnly(
        requiring(
          withDefinitions(root, { Last: { ...ref(TEXT_DEFINITION), description: 'b' } }),
          ref('Loop'),
          ref('Last', { description: 'a' }),
        ),
        here(
          'conflicting keywords found after $ref expansion: keyword "description" appears at multiple levels in a chained "$ref"; keep it in only one place',
          'properties',
          'loop',
        ),
      ),
  },
  {
    name: 'the schema is small enough',
    plant: (root) => both({ ...root, description: 'x'.repeat(120_000) }, ofRoot('schema exceeds maximum allowed size')),
  },
]
