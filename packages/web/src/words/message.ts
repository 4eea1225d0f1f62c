/** What a message is: a text, or a function of what it is about and of how the language writes numbers. */

import type { Format } from './format.ts'

export type Message = string | ((format: Format, ...about: never[]) => string)

/** A table in another language: the same keys, and of each the same parameters. */
export type Translated<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends string ? string : Table[Key]
}

/** What a message wants to be told. */
export type About<M> = M extends (format: Format, ...about: infer A) => string ? A : []
