/** Random schemas for property tests: mostly MFJS, sometimes recursive, sometimes without any instance. */

type Random = () => number
type Schema = Record<string, unknown>

const NAMES = ['name', 'age', 'city', 'email', 'tags', 'unit', 'note', 'start_date', 'query', 'x', '名字', 'is ok']
const WORDS = ['alpha', 'beta', 'Paris', '30', 'hello there', '', 'γάμμα', '😀']
const DEFINITIONS = ['one', 'two', 'three']
const MAXIMUM_DEPTH = 4

export function randomSchema(random: Random): Schema {
  const defs = Object.fromEntries(DEFINITIONS.map((name) => [name, schema(random, 1, true)]))
  return { ...object(random, 0, true), $defs: defs }
}

function schema(random: Random, depth: number, mayRefer: boolean): Schema {
  const kind = Math.floor(random() * (depth >= MAXIMUM_DEPTH ? 6 : 10))
  switch (kind) {
    case 0:
      return { type: 'null' }
    case 1:
      return { type: 'boolean' }
    case 2:
      return numeric(random, 'integer')
    case 3:
      return numeric(random, 'number')
    case 4:
      return text(random)
    case 5:
      return mayRefer
        ? { $ref: random() < 0.2 ? '#' : `#/$defs/${one(random, DEFINITIONS)}` }
        : { type: ['string', 'null'] }
    case 6:
      return { anyOf: Array.from({ length: 1 + Math.floor(random() * 3) }, () => schema(random, depth + 1, mayRefer)) }
    case 7:
      return array(random, depth, mayRefer)
    default:
      return object(random, depth, mayRefer)
  }
}

function numeric(random: Random, type: 'integer' | 'number'): Schema {
  const minimum = Math.floor(random() * 40) - 20
  const made: Schema = { type }
  if (random() < 0.15) return { type, enum: [minimum, minimum + 3] }
  if (random() < 0.4) made['minimum'] = type === 'number' && random() < 0.5 ? minimum + 0.25 : minimum
  if (random() < 0.4) made['maximum'] = minimum + Math.floor(random() * 50)
  return made
}

function text(random: Random): Schema {
  if (random() < 0.2) return { type: 'string', enum: [one(random, WORDS), `${one(random, WORDS)}!`] }
  const minLength = Math.floor(random() * 12)
  const made: Schema = { type: 'string', description: `The ${one(random, NAMES)}` }
  if (random() < 0.4) made['minLength'] = minLength
  if (random() < 0.4) made['maxLength'] = minLength + Math.floor(random() * 20)
  return made
}

function array(random: Random, depth: number, mayRefer: boolean): Schema {
  const minItems = Math.floor(random() * 3)
  const made: Schema = { type: 'array', items: schema(random, depth + 1, mayRefer) }
  if (random() < 0.5) made['minItems'] = minItems
  if (random() < 0.5) made['maxItems'] = minItems + Math.floor(random() * 3)
  return made
}

function object(random: Random, depth: number, mayRefer: boolean): Schema {
  const names = NAMES.filter(() => random() < 0.3)
  const properties = Object.fromEntries(names.map((name) => [name, schema(random, depth + 1, mayRefer)]))
  const made: Schema = { type: 'object', properties, required: names.filter(() => random() < 0.5) }
  const extra = random()
  if (extra < 0.4) made['additionalProperties'] = false
  else if (extra < 0.5) made['additionalProperties'] = { type: 'string' }
  return made
}

function one<Option>(random: Random, options: readonly Option[]): Option {
  const option = options[Math.floor(random() * options.length)]
  if (option === undefined) throw new Error('there are no options')
  return option
}
