/** Rewrites ordinary JSON Schema into MFJS where that is possible: the work behind the lenient switch `relax-schema`. */
import { expandReference } from '../expand-reference.ts'
import { typesOf } from '../check-type.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'
import { measureSchema } from '../measure-schema.ts'
import type { MfjsType } from '../mfjs-keywords.ts'
import { MFJS_LIMITS, type MfjsLimits } from '../mfjs-limits.ts'
import { type MfjsProblem, problemAt } from '../mfjs-problem.ts'
import { StepBudget } from '../step-budget.ts'
import { mfjsParts, validateMfjs } from '../validate-mfjs.ts'
import { Definitions } from './definitions.ts'
import { objectShape } from './object-shape.ts'
import { isReadable, readShape, takeApart } from './read-shape.ts'
import { type Alternative, alternativesWithNotes, type KeptAlternative, type Shape, unite } from './shape.ts'
import { TooComplex, Unsatisfiable, type Workshop } from './workshop.ts'
import { writeShape } from './write-shape.ts'

export interface RelaxOptions {
  /** The root must be `type: object`, as tool parameters must: a choice at the root becomes one object. */
  readonly objectRoot?: boolean
  readonly limits?: Partial<MfjsLimits>
}

export interface Relaxed {
  /** The schema rewritten, or the very one that was given when it is MFJS already or cannot be rewritten. */
  readonly schema: unknown
  /** What was changed and where, one line each, as `properties.when: dropped format`. At most {@link MOST_CHANGES}. */
  readonly changes: readonly string[]
  /** What is still wrong with `schema` at level `ultra`; `undefined` when it is MFJS in full. */
  readonly problem: MfjsProblem | undefined
}

/** More changes than these are not listed. */
export const MOST_CHANGES = 200

/** Room above the size limit: what is dropped may bring a schema below it. */
const OVERSIZE = 4

/**
 * MFJS that allows at least what `schema` allows: what MFJS cannot say is dropped, never tightened. Two exceptions, both
 * of which guess what was meant: a schema without a type is given the type that its keywords speak of, and with
 * `objectRoot` a property keeps its schema although some branches of a choice at the root did not mention it.
 *
 * Pure: the input is never changed. A schema that is MFJS (level `ultra`) is given back as it is, without changes.
 */
export function relaxMfjs(schema: unknown, options: RelaxOptions = {}): Relaxed {
  const limits = { ...MFJS_LIMITS, ...options.limits }
  const objectRoot = options.objectRoot ?? false
  const problem = problemOf(schema, objectRoot, limits)
  if (problem === undefined) return { schema, changes: [], problem }
  const root = schema === true ? {} : schema
  if (!isJsonObject(root) || !isReadable(root)) return { schema, changes: [], problem }
  if (measureSchema(schema, { ...limits, schemaBytes: limits.schemaBytes * OVERSIZE }) !== 'fits') {
    return { schema, changes: [], problem }
  }
  try {
    const relaxing = new Relaxing(root, limits)
    const relaxed = relaxing.run(objectRoot)
    return { schema: relaxed, changes: relaxing.changes, problem: problemOf(relaxed, objectRoot, limits) }
  } catch (error) {
    if (!(error instanceof TooComplex || error instanceof Unsatisfiable)) throw error
    return { schema, changes: [], problem }
  }
}

function problemOf(schema: unknown, objectRoot: boolean, limits: MfjsLimits): MfjsProblem | undefined {
  const problem = validateMfjs(schema, { level: 'ultra', limits })
  if (problem !== undefined || !objectRoot) return problem
  return isJsonObject(schema) && schema['type'] === 'object' ? undefined : problemAt([], 'type must be "object"')
}

class Relaxing implements Workshop {
  readonly limits: MfjsLimits
  readonly isClean: (schema: JsonObject) => boolean
  readonly #root: JsonObject
  readonly #budget: StepBudget
  readonly #definitions: Definitions
  readonly #recursive = new Map<string, boolean>()
  readonly #changes = new Set<string>()

  constructor(root: JsonObject, limits: MfjsLimits) {
    this.#root = root
    this.limits = limits
    this.isClean = mfjsParts(root, limits)
    // A step here is far more work than one of validation.
    this.#budget = new StepBudget(limits.steps / 10)
    this.#definitions = new Definitions(root)
  }

  get changes(): readonly string[] {
    return [...this.#changes]
  }

  run(objectRoot: boolean): JsonValue {
    const { $id } = this.#root
    const shape = takeApart(this.#root, { path: [] }, this)
    const written = writeShape(objectRoot ? objectShape(shape, this) : shape, [], this)
    if (!isJsonObject(written)) return written
    const definitions = this.#writeDefinitions(written)
    const whole: JsonObject = {
      ...written,
      ...(typeof $id === 'string' && { $id }),
      ...(definitions.length > 0 && { $defs: Object.fromEntries(definitions) }),
    }
    return this.#separateNotes(whole)
  }

  step(): void {
    if (!this.#budget.step()) throw new TooComplex()
  }

  note(path: readonly string[], change: string): void {
    if (this.#changes.size === MOST_CHANGES) return
    this.#changes.add(`${path.length === 0 ? 'root' : path.join('.')}: ${change}`)
  }

  open(kept: KeptAlternative): readonly Alternative[] {
    this.step()
    if (!isJsonObject(kept.schema)) return [kept]
    return alternativesWithNotes(unite([takeApart(kept.schema, { path: kept.path }, this)], kept.notes))
  }

  nameOf(reference: string): string | undefined {
    return this.#definitions.nameOf(reference)
  }

  inline(name: string): readonly Alternative[] | undefined {
    this.step()
    if (name === '#' || this.#isRecursive(name)) return undefined
    return alternativesWithNotes(this.#readDefinition(name))
  }

  typesOfDefinition(name: string): readonly MfjsType[] {
    const schema = this.#definitions.schemaOf(name)
    return isJsonObject(schema) ? typesOf(schema) : []
  }

  #readDefinition(name: string): Shape {
    return readShape(this.#definitions.schemaOf(name), { path: ['$defs', name] }, this)
  }

  /** The definitions that the result refers to, and those that they refer to. */
  #writeDefinitions(written: JsonValue): (readonly [name: string, schema: JsonValue])[] {
    const names = new Set(this.#definitionsIn(written))
    const definitions: (readonly [name: string, schema: JsonValue])[] = []
    for (const name of names) {
      const schema = writeShape(this.#readDefinition(name), ['$defs', name], this)
      definitions.push([name, schema])
      for (const inner of this.#definitionsIn(schema)) names.add(inner)
    }
    for (const name of Object.keys(isJsonObject(this.#root['$defs']) ? this.#root['$defs'] : {})) {
      if (!names.has(name)) this.note(['$defs', name], 'dropped, as nothing refers to it')
    }
    return definitions
  }

  /** The definitions that a part of the result refers to, as far as there are such. */
  #definitionsIn(written: JsonValue): readonly string[] {
    return referencesIn(written).flatMap((reference) => {
      const name = reference.slice('#/$defs/'.length)
      return this.#definitions.has(name) || this.nameOf(reference) === name ? [name] : []
    })
  }

  #isRecursive(name: string): boolean {
    const known = this.#recursive.get(name)
    if (known !== undefined) return known
    const reached = new Set<string>()
    const waiting = [name]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const reference of referencesIn(this.#definitions.schemaOf(next), () => this.step())) {
        const inner = this.nameOf(reference)
        if (inner === undefined || reached.has(inner)) continue
        waiting.push(inner)
        reached.add(inner)
      }
    }
    // Through the root, everything reaches everything that the root refers to.
    const recursive = reached.has(name) || reached.has('#')
    this.#recursive.set(name, recursive)
    return recursive
  }

  /**
   * An annotation beside a `$ref` may not stand in the definition too, nor in a branch of it. Where both are there, the
   * reference moves into a choice of one, and both stay.
   */
  #separateNotes(root: JsonObject): JsonObject {
    const separate = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map((item: JsonValue) => separate(item))
      if (!isJsonObject(value)) return value
      const { $ref, ...beside } = value
      if (typeof $ref === 'string' && this.#repeats(root, value, Object.keys(beside))) {
        return { anyOf: [{ $ref }], ...beside }
      }
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, separate(member)]))
    }
    const { $defs, ...schema } = root
    const separated = separate(schema)
    if (!isJsonObject(separated)) return root
    return $defs === undefined ? separated : { ...separated, $defs }
  }

  #repeats(root: JsonObject, schema: JsonObject, beside: readonly string[]): boolean {
    if (beside.length === 0) return false
    const { expanded } = expandReference(root, schema, [], false)
    const { anyOf } = expanded
    const said = [expanded, ...(Array.isArray(anyOf) ? anyOf.filter(isJsonObject) : [])]
    return beside.some((keyword) => said.some((one) => Object.hasOwn(one, keyword)))
  }
}

/** Every `$ref` inside a value, wherever it stands. */
function referencesIn(value: unknown, step: () => void = () => undefined): readonly string[] {
  step()
  if (Array.isArray(value)) return value.flatMap((item) => referencesIn(item, step))
  if (!isJsonObject(value)) return []
  const inside = Object.values(value).flatMap((member) => referencesIn(member, step))
  return typeof value['$ref'] === 'string' ? [value['$ref'], ...inside] : inside
}
