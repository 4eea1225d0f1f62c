/** Whether a JSON Schema is MFJS, Moonshot Flavored JSON Schema, and if not, what is wrong first. */
import { checkKeywords } from './check-keywords.ts'
import { checkReferences, type ReferenceSite } from './check-references.ts'
import { checkType } from './check-type.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { measureSchema } from './measure-schema.ts'
import { MFJS_KEYWORDS } from './mfjs-keywords.ts'
import { MFJS_LIMITS, type MfjsLimits } from './mfjs-limits.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { resolveReference } from './reference.ts'
import { childrenOf } from './schema-children.ts'

/**
 * How much of MFJS is asked for. The names are walle's, Moonshot's published validator.
 *
 * `strict` is what the hosted platform refused tool parameters for: "the most permissive level required by the server".
 * Foreign keywords such as `$schema`, `format` or `oneOf` pass it and count for nothing. `ultra` is all of MFJS, to the
 * letter of its specification. What only `ultra` finds in a tool, the platform answered with 200 and a reply header
 * `msh-schema-warning: tools.function[name].parameters is not a valid moonshot flavored json schema, details: <…>`.
 */
export type MfjsLevel = 'strict' | 'ultra'

export interface MfjsOptions {
  /** Default `strict`. */
  readonly level?: MfjsLevel
  /** Other limits than {@link MFJS_LIMITS}. */
  readonly limits?: Partial<MfjsLimits>
}

/**
 * The first problem of a schema, or `undefined` when it is MFJS. Never throws, whatever it is given, and takes time in
 * proportion to the size limit at most. The texts are those of the hosted platform.
 */
export function validateMfjs(schema: unknown, options: MfjsOptions = {}): MfjsProblem | undefined {
  if (!isJsonObject(schema)) return problemAt([], 'schema must be a dict')
  const limits = { ...MFJS_LIMITS, ...options.limits }
  const measured = measureSchema(schema, limits)
  if (measured === 'too large') return problemAt([], 'schema exceeds maximum allowed size')
  if (measured === 'too deep') return problemAt([], `schema is nested deeper than ${limits.nesting} levels`)
  return new SchemaWalk(schema, options.level === 'ultra', limits).run()
}

/**
 * Tells of schemas inside `root` whether they are MFJS as they stand: nothing in them needs to be changed, and their
 * references lead to definitions at the root. For the rewriting of the rest: what only shows in the whole, such as depth,
 * is not looked at. Each schema is looked at once, however often it is asked for.
 */
export function mfjsParts(root: JsonObject, limits: MfjsLimits): (schema: JsonObject) => boolean {
  const walk = new SchemaWalk(root, true, limits)
  // Any step at all, so that no schema counts as the root.
  walk.path.push('part')
  walk.isRoot = false
  const known = new Map<JsonObject, boolean>()
  const isPart = (schema: JsonObject): boolean => {
    const before = known.get(schema)
    if (before !== undefined) return before
    const { $ref, $defs } = schema
    const isPlain = $defs === undefined && (typeof $ref !== 'string' || leadsToRoot(root, $ref))
    const isClean =
      isPlain && walk.ownProblem(schema) === undefined && childrenOf(schema).every(({ child }) => isPart(child))
    known.set(schema, isClean)
    return isClean
  }
  return isPart
}

function leadsToRoot(root: JsonObject, ref: string): boolean {
  return ref === '#' || (ref.split('/').length === 3 && resolveReference(root, ref) !== undefined)
}

/** One walk through a schema: each schema inside it is looked at once, references are followed at the end. */
class SchemaWalk {
  readonly root: JsonObject
  readonly ultra: boolean
  readonly limits: MfjsLimits
  readonly path: string[] = []
  isRoot = true
  readonly #sites: ReferenceSite[] = []
  #propertyKeys = 0

  constructor(root: JsonObject, ultra: boolean, limits: MfjsLimits) {
    this.root = root
    this.ultra = ultra
    this.limits = limits
  }

  run(): MfjsProblem | undefined {
    const problem = this.#schema(this.root, 0)
    return problem ?? checkReferences(this.root, this.#sites, this.ultra, this.limits)
  }

  /** `depth`: how many `properties` this schema is inside of. */
  #schema(schema: JsonObject, depth: number): MfjsProblem | undefined {
    const problem = this.#depthProblem(depth) ?? this.#foreignProblem(schema) ?? this.#definitions(schema, depth)
    if (problem !== undefined) return problem
    this.isRoot = this.path.length === 0
    const own = this.#keywordProblem(schema)
    if (own !== undefined) return own
    if (typeof schema['$ref'] === 'string') {
      this.#sites.push({ ref: schema['$ref'], depth })
    }
    return this.#children(schema, depth)
  }

  /** What is wrong with a schema itself, whatever is inside it. */
  ownProblem(schema: JsonObject): MfjsProblem | undefined {
    return this.#foreignProblem(schema) ?? this.#keywordProblem(schema)
  }

  #keywordProblem(schema: JsonObject): MfjsProblem | undefined {
    return this.#typeBesideProblem(schema) ?? checkType(schema, this) ?? checkKeywords(schema, this)
  }

  #depthProblem(depth: number): MfjsProblem | undefined {
    if (depth <= this.limits.depth) return undefined
    return problemAt(this.path, `schema depth exceeds maximum limit of ${this.limits.depth}`)
  }

  #foreignProblem(schema: JsonObject): MfjsProblem | undefined {
    if (!this.ultra) return undefined
    const foreign = Object.keys(schema).filter((keyword) => !MFJS_KEYWORDS.has(keyword))
    return foreign.length === 0
      ? undefined
      : problemAt(this.path, `unsupported keywords: ${foreign.toSorted().join(', ')}`)
  }

  #typeBesideProblem(schema: JsonObject): MfjsProblem | undefined {
    if (schema['type'] === undefined) return undefined
    if (schema['anyOf'] !== undefined) {
      return problemAt(
        this.path,
        'when using anyOf, type should be defined in anyOf items instead of the parent schema',
      )
    }
    if (schema['$ref'] !== undefined) {
      return problemAt(
        this.path,
        'when using $ref, type should be defined in the referenced schema instead of the parent schema',
      )
    }
    return undefined
  }

  #definitions({ $defs }: JsonObject, depth: number): MfjsProblem | undefined {
    if (!isJsonObject($defs)) return undefined
    const names = Object.keys($defs).toSorted()
    return this.#each('$defs', names, $defs, depth, '$defs schema must be object')
  }

  #children(schema: JsonObject, depth: number): MfjsProblem | undefined {
    const { properties, items, additionalProperties, anyOf } = schema
    if (isJsonObject(properties)) {
      this.#propertyKeys += Object.keys(properties).length
      if (this.#propertyKeys > this.limits.propertyKeys) {
        return problemAt(
          this.path,
          `total number of properties keys(${this.#propertyKeys}) across all objects exceeds maximum limit of ${this.limits.propertyKeys}`,
        )
      }
      const problem = this.#each('properties', Object.keys(properties), properties, depth + 1)
      if (problem !== undefined) return problem
    }
    const problem = this.#one('items', items, depth) ?? this.#one('additionalProperties', additionalProperties, depth)
    if (problem !== undefined || !Array.isArray(anyOf)) return problem
    for (const branch of anyOf) {
      // The platform's paths do not say which branch.
      const inside = this.#one('anyOf', branch, depth)
      if (inside !== undefined) return inside
    }
    return undefined
  }

  /** The schemas of a dict, in the order of `names`. `otherwise` is said of what is no schema. */
  #each(
    keyword: string,
    names: readonly string[],
    schemas: JsonObject,
    depth: number,
    otherwise?: string,
  ): MfjsProblem | undefined {
    this.path.push(keyword)
    for (const name of names) {
      if (otherwise !== undefined && !isJsonObject(schemas[name])) return problemAt(this.path, otherwise)
      const problem = this.#one(name, schemas[name], depth)
      if (problem !== undefined) return problem
    }
    this.path.pop()
    return undefined
  }

  #one(step: string, schema: unknown, depth: number): MfjsProblem | undefined {
    if (!isJsonObject(schema)) return undefined
    this.path.push(step)
    const problem = this.#schema(schema, depth)
    this.path.pop()
    return problem
  }
}
