/** What a spelling is: one pure function from a request to the program that sends it, and what is to be said beside the program. */

import type { ChatRequest } from '@moonbase/protocol'

/** One file of this folder makes one of these; `index.ts` lists it. */
export interface Spelling {
  /** Stands in addresses and settings, and never changes. */
  readonly id: string
  /** On its tab. A name of a product: the same in every language. */
  readonly name: string
  readonly language: 'shell' | 'python' | 'typescript' | 'javascript'
  /** With what it was run against a moonbase, by `test/web/spellings/`. */
  readonly tested: TestedWith
  /** Why nobody can run it yet. */
  readonly waiting?: Words
  /**
   * The program, and what it cannot say. Never asks for a clock, a network or a key.
   *
   * @throws SpellingError for what is no request that could be sent as JSON
   */
  readonly spell: (request: ChatRequest, options: SpellingOptions) => Spelled
}

export interface SpellingOptions {
  /** Of the server, without a path: `http://127.0.0.1:2500`. */
  readonly baseUrl: string
  /** Also what the server would fill in by itself. Without it only what differs from that. */
  readonly everything?: boolean
  /** Images and videos with their bytes. Without it `…` stands in their place, and the program has to be completed. */
  readonly withMedia?: boolean
  /** Headers of the request beside those that every request has: `x-moonbase-on-disconnect` and its like. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Spelled {
  readonly source: string
  readonly notes: readonly SpellingNote[]
}

/** One line below the program. */
export interface SpellingNote {
  /**
   * - `left out`: the dialect has no place for it; the program does not send it.
   * - `instead`: it is said in another way, which the words name.
   * - `hint`: all of it is sent; this is what to know of it.
   */
  readonly kind: 'left out' | 'instead' | 'hint'
  /** Where it stands in the request: `messages.2.name`, `response_format`; empty where it is about the whole. */
  readonly field: string
  readonly words: Words
}

/** Both languages of the page. They stand here and not in its list of words, so that a spelling is one file. */
export interface Words {
  readonly en: string
  readonly zh: string
}

export interface TestedWith {
  readonly client: string
  /** `undefined` where it does not depend on one. */
  readonly version?: string
  readonly remark?: Words
}

/** The environment variable that holds the key in every program: the name that the README has them export. */
export const KEY_VARIABLE = 'MOONBASE_API_KEY'

/** What no program can hold. */
export class SpellingError extends Error {
  readonly code: 'nul' | 'not-json'

  constructor(code: SpellingError['code'], message: string) {
    super(message)
    this.name = 'SpellingError'
    this.code = code
  }
}
