/**
 * Names of tools between this wire, which has 128 characters of letters, digits, `_` and `-`, and the model, which takes 64 and
 * no digit or dash at the beginning: those that it cannot take are shortened on the way in, and on the way out they are whole again.
 *
 * A short name is made of the long one alone, so that it is the same in every request of a conversation and its beginning stays
 * cached.
 */

import { LIMITS } from '@moonbase/protocol'

/** Of the long name that are kept; an underscore and eight hex digits follow. */
const KEPT_CHARACTERS = 55

/** One for each request. */
export class ToolNames {
  /** By the wire's name. */
  readonly #shortened = new Map<string, string>()
  /** By the model's name. */
  readonly #whole = new Map<string, string>()
  /** Names that the model takes as they are, which no short one may be. */
  readonly #taken: ReadonlySet<string>

  /** @param declared names of the request's tools */
  constructor(declared: Iterable<string>) {
    this.#taken = new Set([...declared].filter(fits))
  }

  toModel(name: string): string {
    if (fits(name) && !this.#whole.has(name)) return name
    const known = this.#shortened.get(name)
    if (known !== undefined) return known
    let short = shorten(name, name)
    for (let more = 1; this.#taken.has(short) || this.#whole.has(short); more += 1) {
      short = shorten(name, `${name} ${more}`)
    }
    this.#shortened.set(name, short)
    this.#whole.set(short, name)
    return short
  }

  toWire(name: string): string {
    return this.#whole.get(name) ?? name
  }
}

function fits(name: string): boolean {
  return LIMITS.toolName.test(name)
}

function shorten(name: string, hashed: string): string {
  const kept = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, KEPT_CHARACTERS)
  const begun = /^[a-zA-Z_]/.test(kept) ? kept : `_${kept}`.slice(0, KEPT_CHARACTERS)
  return `${begun}_${hashOf(hashed)}`
}

/** FNV-1a in 32 bits, as eight hex digits: nobody gains anything by two names of one hash, which are told apart all the same. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
