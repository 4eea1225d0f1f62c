/**
 * A row of the table of rules of Moonshot's validator, which shares no code with ours: what is planted, and what is said of
 * it at each level. The rows are written from walle's documents and source (`validator.go`, `keyword_validators.go`, as of
 * June 2026).
 */
import type { Fields, Random } from './random-mfjs.ts'

/** What is said of a planted schema, and where. */
export interface Verdict {
  /** The path, from the place of the schema on, or from the root. */
  readonly at: readonly string[]
  readonly fromRoot?: boolean
  /** `<path>` stands for the path of the schema that it is said of. */
  readonly says: string
}

/** A schema, and what is said of it at each level; `undefined` is nothing. */
export interface Planted {
  readonly schema: unknown
  readonly strict: Verdict | undefined
  readonly ultra: Verdict | undefined
}

export interface Rule {
  readonly name: string
  readonly plant: (random: Random) => Planted
  /** Nothing is said of it inside of definitions, or something else is. */
  readonly outsideDefs?: boolean
  /** The schema names no type, and where it were required an object would not end. */
  readonly untyped?: boolean
}

export const here = (says: string, ...at: readonly string[]): Verdict => ({ at, says })
export const ofRoot = (says: string, ...at: readonly string[]): Verdict => ({ at, says, fromRoot: true })
export const both = (schema: unknown, verdict: Verdict): Planted => ({ schema, strict: verdict, ultra: verdict })
export const fullOnly = (schema: unknown, verdict: Verdict): Planted => ({ schema, strict: undefined, ultra: verdict })
export const fine = (schema: unknown): Planted => ({ schema, strict: undefined, ultra: undefined })
export const whole = (random: Random, most = 50): number => Math.floor(random() * most)

export function one<const Value>(random: Random, values: readonly Value[]): Value {
  const value = values[whole(random, values.length)]
  if (value === undefined) throw new Error('nothing to choose from')
  return value
}

export const row = (name: string, plant: Rule['plant'], more: Omit<Rule, 'name' | 'plant'> = {}): Rule => ({
  name,
  plant,
  ...more,
})

export const text: Fields = { type: 'string' }

export const withType = (keyword: 'anyOf' | '$ref'): string =>
  `when using ${keyword}, type should be defined in ${keyword === 'anyOf' ? 'anyOf items' : 'the referenced schema'} instead of the parent schema`
