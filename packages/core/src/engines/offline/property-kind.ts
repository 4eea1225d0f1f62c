/** What a property is about, told from its name and, where that says nothing, from its description. */

import type { JsonSchema } from '../../generation/index.ts'
import { descriptionOf } from './schema-view.ts'
import { wordsOf, wordsOfName } from './words.ts'

export type PropertyKind =
  | 'email'
  | 'url'
  | 'date'
  | 'time'
  | 'place'
  | 'person'
  | 'query'
  | 'prose'
  | 'path'
  | 'code'
  | 'identifier'
  | 'phone'
  | 'language'
  | 'currency'
  | 'colour'

export interface Property {
  readonly name: string
  readonly description: string
  /** Words of the name, in order. */
  readonly words: readonly string[]
  readonly kind: PropertyKind | undefined
}

export function describeProperty(name: string, description: string): Property {
  const words = wordsOfName(name)
  return { name, description, words, kind: kindOfName(words) ?? kindOfDescription(description) }
}

/** Properties by name and description, for schemas that meet the same ones again and again. */
export class PropertyBook {
  readonly #known = new Map<string, Property>()

  describe(name: string, schema: JsonSchema): Property {
    const description = descriptionOf(schema)
    const key = `${name}\n${description}`
    const known = this.#known.get(key) ?? describeProperty(name, description)
    this.#known.set(key, known)
    return known
  }
}

/** The last word carries the meaning (`start_date`, `email_subject`), but for words that only say "text". */
function kindOfName(words: readonly string[]): PropertyKind | undefined {
  for (const word of words.toReversed()) {
    const kind = KINDS.get(word)
    if (kind !== undefined && !(VAGUE.has(word) && words.length > 1)) return kind
    if (kind === undefined && !VAGUE.has(word)) return undefined
  }
  // All of it vague: `name`, `user_name`, `input_text`.
  return words.map((word) => KINDS.get(word)).find((kind) => kind !== undefined)
}

const DESCRIPTION_WORDS = 12

function kindOfDescription(description: string): PropertyKind | undefined {
  for (const word of wordsOf(description.slice(0, 200)).slice(0, DESCRIPTION_WORDS)) {
    const kind = VAGUE.has(word) ? undefined : KINDS.get(word)
    if (kind !== undefined) return kind
  }
  return undefined
}

const VAGUE: ReadonlySet<string> = new Set('name names text value string input data list str full'.split(' '))

const WORDS_OF_KIND: readonly (readonly [kind: PropertyKind, words: string])[] = [
  ['email', 'email emails mail recipient recipients cc bcc'],
  ['url', 'url urls uri link links website webpage href homepage endpoint'],
  ['date', 'date dates day dob birthday birthdate deadline due checkin checkout datetime timestamp when'],
  ['time', 'time hour clock'],
  [
    'place',
    'city cities location locations place places country countries town address region state capital origin ' +
      'destination departure arrival airport from to where area venue zone 城市 地点 国家 地址',
  ],
  [
    'person',
    'person people user username author who customer client contact passenger assignee owner guest employee name names first last',
  ],
  [
    'query',
    'query queries q search question questions keyword keywords term terms topic topics prompt subject_matter 关键',
  ],
  [
    'prose',
    'message text content body comment note notes description summary answer reply response title subject caption ' +
      'explanation reason reasoning sentence paragraph headline result output thought',
  ],
  ['path', 'path file files filename filepath directory folder dir'],
  ['code', 'code expression expr sql command script formula equation snippet program cmd'],
  ['identifier', 'id ids identifier uuid sku ticket reference key number'],
  ['phone', 'phone telephone mobile fax'],
  ['language', 'language languages lang locale'],
  ['currency', 'currency currencies'],
  ['colour', 'color colour colors colours'],
]

const KINDS: ReadonlyMap<string, PropertyKind> = new Map(
  WORDS_OF_KIND.flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind])),
)
