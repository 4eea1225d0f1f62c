/** Whether a value fits a schema: for the arguments a model generated, and for its JSON answers. */
import { typesOf } from './check-type.ts'
import { codePointLength, isJsonObject, jsonEqual, type JsonObject } from './json.ts'
import { isOfType } from './mfjs-keywords.ts'
import { MFJS_LIMITS } from './mfjs-limits.ts'
import { type MfjsProblem, problemAt, shownValue } from './mfjs-problem.ts'
import { resolveReference } from './reference.ts'
import { StepBudget } from './step-budget.ts'

/** So many references and branches in a row, with no step into the value in between, lead nowhere. */
const HOPS_IN_A_ROW = 100
const ENDLESS = 'the schema leads on without end here'

/**
 * The first place at which `value` does not fit `schema`, or `undefined` when it fits. Never throws and always ends.
 *
 * All keywords of MFJS count, `pattern` excepted, which has no effect yet. Foreign keywords say nothing: what passes may
 * still break a `oneOf`. Paths are those of the value: `user.tags[1]`, or `root` for the value itself.
 */
export function firstMismatch(schema: unknown, value: unknown): MfjsProblem | undefined {
  return new Matching(isJsonObject(schema) ? schema : {}).of(schema, value, { path: [], hops: 0, followed: [] })
}

interface Place {
  readonly path: readonly string[]
  /** References and branches followed since the last step into the value. */
  readonly hops: number
  /** Those references. One that comes again allows nothing that it did not allow the first time. */
  readonly followed: readonly string[]
}

class Matching {
  readonly #root: JsonObject
  readonly #budget = new StepBudget(MFJS_LIMITS.steps)

  constructor(root: JsonObject) {
    this.#root = root
  }

  of(schema: unknown, value: unknown, place: Place): MfjsProblem | undefined {
    if (schema === false) return mismatch(place, 'no value is allowed here')
    if (!isJsonObject(schema)) return undefined
    if (!this.#budget.step()) return mismatch(place, 'the schema is too complex to check this value against')
    if (place.path.length > MFJS_LIMITS.nesting) {
      return mismatch(place, `the value is nested deeper than ${MFJS_LIMITS.nesting} levels`)
    }
    if (place.hops > HOPS_IN_A_ROW) return mismatch(place, ENDLESS)
    return (
      this.#reference(schema, value, place) ??
      typeMismatch(schema, value, place) ??
      this.#inside(schema, value, place) ??
      this.#branches(schema, value, place)
    )
  }

  #reference(schema: JsonObject, value: unknown, place: Place): MfjsProblem | undefined {
    const { $ref } = schema
    if (typeof $ref !== 'string') return undefined
    const target = resolveReference(this.#root, $ref)
    if (target === undefined) return mismatch(place, `the schema does not define ${$ref}`)
    if (place.followed.includes($ref)) return mismatch(place, ENDLESS)
    return this.of(target, value, { path: place.path, hops: place.hops + 1, followed: [...place.followed, $ref] })
  }

  #inside(schema: JsonObject, value: unknown, place: Place): MfjsProblem | undefined {
    if (typeof value === 'string') return lengthMismatch(schema, value, place)
    if (typeof value === 'number') return rangeMismatch(schema, value, place)
    if (Array.isArray(value)) return this.#list(schema, value, place)
    return isJsonObject(value) ? this.#members(schema, value, place) : undefined
  }

  #list(schema: JsonObject, list: readonly unknown[], place: Place): MfjsProblem | undefined {
    const least = boundOf(schema, 'minItems') ?? 0
    const most = boundOf(schema, 'maxItems') ?? Infinity
    if (list.length < least) return mismatch(place, `must have at least ${counted(least, 'item')}, has ${list.length}`)
    if (list.length > most) return mismatch(place, `must have at most ${counted(most, 'item')}, has ${list.length}`)
    const { items } = schema
    if (items === undefined) return undefined
    for (const [index, item] of list.entries()) {
      const problem = this.of(items, item, inside(place, `[${index}]`))
      if (problem !== undefined) return problem
    }
    return undefined
  }

  #members(schema: JsonObject, object: JsonObject, place: Place): MfjsProblem | undefined {
    const { properties, required, additionalProperties } = schema
    for (const name of Array.isArray(required) ? required : []) {
      if (typeof name === 'string' && !Object.hasOwn(object, name)) {
        return mismatch(place, `required property '${name}' is missing`)
      }
    }
    const known = isJsonObject(properties) ? properties : {}
    for (const [name, member] of Object.entries(object)) {
      const isKnown = Object.hasOwn(known, name)
      if (!isKnown && additionalProperties === false) return mismatch(place, `property '${name}' is not allowed`)
      const problem = this.of(isKnown ? known[name] : additionalProperties, member, inside(place, name))
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** Of the branches that do not fit, the one meant for such a value, or the one that fits furthest into it, says most. */
  #branches(schema: JsonObject, value: unknown, place: Place): MfjsProblem | undefined {
    const { anyOf } = schema
    if (!Array.isArray(anyOf) || anyOf.length === 0) return undefined
    const within: Place = { ...place, hops: place.hops + 1 }
    const meant: MfjsProblem[] = []
    for (const branch of anyOf) {
      const problem = this.of(branch, value, within)
      if (problem === undefined) return undefined
      if (this.#isMeantFor(branch, value)) meant.push(problem)
    }
    const none = mismatch(place, `fits none of the ${counted(anyOf.length, 'alternative')}`)
    if (meant.length === 1) return meant[0]
    return meant.reduce((furthest, problem) => (lengthOf(problem) > lengthOf(furthest) ? problem : furthest), none)
  }

  /** Whether a branch is at least for values of this type. */
  #isMeantFor(branch: unknown, value: unknown): boolean {
    if (!isJsonObject(branch)) return false
    const target = typeof branch['$ref'] === 'string' ? resolveReference(this.#root, branch['$ref']) : branch
    return target !== undefined && typesOf(target).some((type) => isOfType(value, type))
  }
}

const lengthOf = (problem: MfjsProblem): number => problem.path?.length ?? 0

function typeMismatch(schema: JsonObject, value: unknown, place: Place): MfjsProblem | undefined {
  const types = typesOf(schema)
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return mismatch(place, `must be ${types.join(' or ')}, is ${typeName(value)}`)
  }
  const allowed = schema['enum']
  if (!Array.isArray(allowed) || allowed.some((one) => jsonEqual(one, value))) return undefined
  return mismatch(place, `must be one of ${listed(allowed)}`)
}

function lengthMismatch(schema: JsonObject, text: string, place: Place): MfjsProblem | undefined {
  const least = boundOf(schema, 'minLength')
  const most = boundOf(schema, 'maxLength')
  if (least === undefined && most === undefined) return undefined
  const length = codePointLength(text)
  if (least !== undefined && length < least) {
    return mismatch(place, `must have at least ${counted(least, 'character')}, has ${length}`)
  }
  if (most !== undefined && length > most) {
    return mismatch(place, `must have at most ${counted(most, 'character')}, has ${length}`)
  }
  return undefined
}

function rangeMismatch(schema: JsonObject, number: number, place: Place): MfjsProblem | undefined {
  const least = boundOf(schema, 'minimum') ?? -Infinity
  const most = boundOf(schema, 'maximum') ?? Infinity
  if (number < least) return mismatch(place, `must be at least ${least}, is ${number}`)
  return number > most ? mismatch(place, `must be at most ${most}, is ${number}`) : undefined
}

function boundOf(schema: JsonObject, keyword: string): number | undefined {
  const bound = schema[keyword]
  return typeof bound === 'number' ? bound : undefined
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function inside(place: Place, step: string): Place {
  return { path: [...place.path, step], hops: 0, followed: [] }
}

function mismatch(place: Place, message: string): MfjsProblem {
  // `a.[0].b` is written `a[0].b`.
  const path = problemAt(place.path, message).path?.replaceAll('.[', '[') ?? null
  return { path, message }
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const LISTED = 10

function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, LISTED).map(shownValue)
  return values.length > LISTED ? `${shown.join(', ')} and ${values.length - LISTED} more` : shown.join(', ')
}
