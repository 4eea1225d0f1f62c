/** The definitions a schema refers to, under the names they have in the result: all of them at its root. */
import { isJsonObject, type JsonObject } from '../json.ts'
import { isSchema } from './shape.ts'

export class Definitions {
  readonly #root: JsonObject
  readonly #byPointer = new Map<string, string>()
  readonly #schemas = new Map<string, JsonObject | boolean>()

  constructor(root: JsonObject) {
    this.#root = root
  }

  /** The name for a reference, given when it is first met; `#` for the root; `undefined` when it leads nowhere here. */
  nameOf(reference: string): string | undefined {
    if (reference === '#' || reference === '#/') return '#'
    const known = this.#byPointer.get(reference)
    if (known !== undefined) return known
    if (!reference.startsWith('#/')) return undefined
    const written = reference.slice(2).split('/')
    // A name may hold a `%` of its own, so what is written is tried before what it may be an escape of.
    for (const steps of [written, written.map(unescaped)]) {
      const schema = this.#schemaAt(steps)
      if (schema === undefined) continue
      const name = this.#freeName(steps)
      this.#byPointer.set(reference, name)
      this.#schemas.set(name, schema)
      return name
    }
    return undefined
  }

  has(name: string): boolean {
    return this.#schemas.has(name)
  }

  /** The original of a definition. */
  schemaOf(name: string): JsonObject | boolean | undefined {
    return name === '#' ? this.#root : this.#schemas.get(name)
  }

  #schemaAt(steps: readonly string[]): JsonObject | boolean | undefined {
    let current: unknown = this.#root
    for (const step of steps) {
      if (Array.isArray(current)) current = /^\d+$/.test(step) ? current[Number(step)] : undefined
      else current = isJsonObject(current) && Object.hasOwn(current, step) ? current[step] : undefined
    }
    return isSchema(current) ? current : undefined
  }

  /** A definition at the root keeps its name; others take their last step, with a number if that is taken. */
  #freeName(steps: readonly string[]): string {
    const [first = '', second = ''] = steps
    const atRoot = steps.length === 2 && first === '$defs'
    const wanted = steps.at(-1)?.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '_') ?? ''
    if (atRoot && wanted === second && wanted !== '') return second
    const base = wanted === '' ? 'definition' : wanted
    const taken = isJsonObject(this.#root['$defs']) ? this.#root['$defs'] : {}
    let name = base
    for (let count = 2; this.#schemas.has(name) || Object.hasOwn(taken, name); count += 1) name = `${base}_${count}`
    return name
  }
}

/** A step of a JSON pointer in a URI fragment (RFC 6901, section 6). */
function unescaped(step: string): string {
  return decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch (error) {
    if (error instanceof URIError) return step
    throw error
  }
}
