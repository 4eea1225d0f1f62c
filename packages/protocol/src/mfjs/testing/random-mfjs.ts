/** Random schemas that are MFJS in full by construction, and the places in them where something else may be planted. */

export type Random = () => number
export type Fields = Record<string, unknown>

/** One schema inside a random one. */
export interface Place {
  /** Keywords and names from the root, as messages write them: which branch of `anyOf` it is is not said. */
  readonly path: readonly string[]
  readonly insideDefs: boolean
  /** The object that it is in does not require it, so whether that ends does not hang on it. */
  readonly isOptional: boolean
  /** Puts another schema there. */
  readonly put: (schema: unknown) => void
}

export interface RandomMfjs {
  readonly root: Fields
  readonly places: readonly Place[]
}

/** Definitions that every random schema has, for rules to refer to. */
export const TEXT_DEFINITION = 'Text'
export const CHOICE_DEFINITION = 'Choice'

const NAMES = ['name', 'size', 'items', 'type', 'enum', 'x.y', 'a/b', '__proto__', 'constructor', 'set}', '名']

export function randomMfjs(random: Random): RandomMfjs {
  const places: Place[] = []
  const $defs: Fields = {
    [TEXT_DEFINITION]: { type: 'string', description: 'A text.' },
    [CHOICE_DEFINITION]: { anyOf: [{ type: 'string', description: 'A text.' }, { type: 'null' }] },
  }
  const grow = new Growth(random, places)
  for (const name of ['One', 'Two', 'Three'].slice(0, Math.floor(random() * 4))) {
    // Only to what is there already: circles go through optional properties alone.
    const definition = grow.schema(3, true)
    // References to it may have one.
    delete definition['title']
    $defs[name] = definition
    grow.definitions.push(name)
    places.push(placeOf($defs, name, ['$defs', name], true, false))
  }
  const more = { ...(random() < 0.3 && { $id: 'https://example.com/s' }), $defs }
  // Into the same object, in which places were noted.
  const root = Object.assign(grow.object(4, []), more)
  return { root, places }
}

function placeOf(
  within: Fields,
  name: string,
  path: readonly string[],
  insideDefs: boolean,
  isOptional: boolean,
): Place {
  return { path, insideDefs, isOptional, put: (schema) => define(within, name, schema) }
}

/** `__proto__` too is a name like any other. */
function define(within: Fields, name: string, value: unknown): void {
  Object.defineProperty(within, name, { value, enumerable: true, configurable: true, writable: true })
}

class Growth {
  readonly definitions = [TEXT_DEFINITION, CHOICE_DEFINITION]
  readonly #random: Random
  readonly #places: Place[]

  constructor(random: Random, places: Place[]) {
    this.#random = random
    this.#places = places
  }

  /** A definition: its own place is its name's, those inside are noted. */
  schema(room: number, insideDefs: boolean, path: readonly string[] = this.#definitionPath()): Fields {
    const kind = this.#below(room === 0 ? 5 : 9)
    if (kind === 0) return { type: this.#one(['null', 'boolean']), ...this.#notes() }
    if (kind === 1) return { type: 'string', ...this.#counts('minLength', 'maxLength'), ...this.#notes() }
    if (kind === 2) return this.#number()
    if (kind === 3) return this.#enumeration()
    if (kind === 4) return { $ref: `#/$defs/${this.#one(this.definitions)}`, ...this.#title() }
    if (kind === 5) return this.#list(room, insideDefs, path)
    if (kind === 6) return this.#choice(room, insideDefs, path)
    return this.object(room, path, insideDefs)
  }

  object(room: number, path: readonly string[], insideDefs = path[0] === '$defs'): Fields {
    const properties: Fields = {}
    const required: string[] = []
    const names = NAMES.filter((name) => !(insideDefs && name.includes('/')) && this.#random() < 0.25)
    for (const name of names) {
      const inside = [...path, 'properties', name]
      const isOptional = this.#random() < 0.5
      if (!isOptional) required.push(name)
      const isFree = isOptional && this.#random() < 0.2
      const property = isFree ? this.#free() : this.schema(room - 1, insideDefs, inside)
      define(properties, name, property)
      this.#places.push(placeOf(properties, name, inside, insideDefs, isOptional))
    }
    const others: Fields = {}
    if (room > 1 && this.#random() < 0.3) {
      const inside = [...path, 'additionalProperties']
      others['additionalProperties'] = this.schema(room - 2, insideDefs, inside)
      this.#places.push(placeOf(others, 'additionalProperties', inside, insideDefs, true))
    } else if (this.#random() < 0.5) others['additionalProperties'] = this.#random() < 0.5
    const schema = { type: 'object', properties, ...(required.length > 0 && { required }), ...this.#notes() }
    return Object.assign(others, schema)
  }

  #definitionPath(): string[] {
    return ['$defs', ['One', 'Two', 'Three'][this.definitions.length - 2] ?? '']
  }

  #list(room: number, insideDefs: boolean, path: readonly string[]): Fields {
    const schema: Fields = { type: this.#one(['array', ['array']]), ...this.#counts('minItems', 'maxItems') }
    if (this.#random() < 0.1) return schema
    const inside = [...path, 'items']
    schema['items'] = this.#random() < 0.1 ? {} : this.schema(room - 1, insideDefs, inside)
    this.#places.push(placeOf(schema, 'items', inside, insideDefs, false))
    return schema
  }

  #choice(room: number, insideDefs: boolean, path: readonly string[]): Fields {
    const anyOf: unknown[] = []
    const inside = [...path, 'anyOf']
    for (let count = 1 + this.#below(3); count > 0; count -= 1) {
      const index = anyOf.length
      const branch = this.schema(room - 1, insideDefs, inside)
      // A title is the one note that the choice itself may have.
      delete branch['title']
      anyOf.push(branch)
      const put = (schema: unknown): void => void (anyOf[index] = schema)
      this.#places.push({ path: inside, insideDefs, isOptional: false, put })
    }
    return { anyOf, ...this.#title() }
  }

  #number(): Fields {
    const type = this.#one(['number', 'integer'])
    const least = this.#below(100) - 50 + (type === 'number' ? 0.5 : 0)
    const bounds = { minimum: least, maximum: least + this.#below(3) }
    return { type, ...(this.#random() < 0.5 && bounds), ...this.#notes() }
  }

  #enumeration(): Fields {
    const choices = [
      { type: 'string', enum: ['a', 'b', ''] },
      { type: 'integer', enum: [1, 2, -3] },
      { type: 'number', enum: [1.5, 1e-7, 1e300] },
      { type: ['string', 'null'], enum: ['a', null] },
      { type: ['null', 'integer'], enum: [null, 4] },
      { type: 'boolean', enum: [true] },
    ]
    if (this.#random() < 0.2) return { type: ['string', 'number', 'object'], description: 'Beside it only notes.' }
    return { ...this.#one(choices), ...this.#notes() }
  }

  /** Anything: nothing at all, or a note alone, in which nothing ends. */
  #free(): Fields {
    return this.#random() < 0.5 ? {} : { description: 'Whatever you like.' }
  }

  #counts(low: string, high: string): Fields {
    if (this.#random() < 0.5) return {}
    const least = this.#below(5)
    return { [low]: least, [high]: this.#random() < 0.2 ? null : least + this.#below(5) }
  }

  /** No titles, so that references and choices may have them. */
  #notes(): Fields {
    return { ...(this.#random() < 0.2 && { description: 'd' }), ...(this.#random() < 0.1 && { default: { a: [1] } }) }
  }

  #title(): Fields {
    return this.#random() < 0.2 ? { title: 't' } : {}
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #one<Value>(values: readonly Value[]): Value {
    const value = values[this.#below(values.length)]
    if (value === undefined) throw new Error('nothing to choose from')
    return value
  }
}
