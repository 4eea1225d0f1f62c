/**
 * Tools that are declared again and again. An agent sends the same thirty with each of its turns: equal declarations of one owner become
 * one value, so that whatever was found out about it (its schemas, what the model reads of it) is found again by whoever remembers it
 * by its identity.
 */

import type { Tool } from '@moonbase/core/generation'

/** UTF-16 units of JSON, of all that is remembered. The values take some five times their bytes. */
const MOST_UNITS = 4_000_000
/** Shorter ones are looked at as fast as they are found. */
const FEWEST_UNITS = 512
/** Of the body that they came in: to be found they are written, which takes a millisecond for each of its megabytes. */
const MOST_BODY_BYTES = 1_000_000

/** By their JSON, whoever was asked for last at the end. */
type Declared = Map<string, readonly Tool[]>

interface Owner {
  readonly declared: Declared
  units: number
}

export class KnownTools {
  readonly #owners = new Map<string, Owner>()
  readonly #mostUnits: number
  #units = 0

  constructor(mostUnits = MOST_UNITS) {
    this.#mostUnits = mostUnits
  }

  /**
   * Equal tools, which are the same ones each time.
   *
   * @param bodyBytes of the body that they came in; `undefined`: not known, and then they are what they are
   */
  known(owner: string, tools: readonly Tool[], bodyBytes: number | undefined): readonly Tool[] {
    if (tools.length === 0 || bodyBytes === undefined) return tools
    if (bodyBytes < FEWEST_UNITS || bodyBytes > MOST_BODY_BYTES) return tools
    const text = JSON.stringify(tools)
    if (text.length < FEWEST_UNITS || text.length > this.#mostUnits) return tools
    const of = this.#ownerOf(owner)
    const found = of.declared.get(text)
    if (found === undefined) this.#makeRoom(text.length)
    else of.declared.delete(text)
    // Behind all others, and an owner whose last one has just been forgotten is there again.
    this.#owners.set(owner, of)
    of.declared.set(text, found ?? tools)
    if (found !== undefined) return found
    of.units += text.length
    this.#units += text.length
    return tools
  }

  #ownerOf(owner: string): Owner {
    return this.#owners.get(owner) ?? { declared: new Map(), units: 0 }
  }

  /** Whoever has most gives way, with what he has not asked for longest. */
  #makeRoom(units: number): void {
    while (this.#units + units > this.#mostUnits) {
      let largest: readonly [name: string, owner: Owner] | undefined
      for (const one of this.#owners) if (largest === undefined || one[1].units > largest[1].units) largest = one
      if (largest === undefined) return
      const [name, owner] = largest
      for (const oldest of owner.declared.keys()) {
        owner.declared.delete(oldest)
        owner.units -= oldest.length
        this.#units -= oldest.length
        break
      }
      if (owner.declared.size === 0) this.#owners.delete(name)
    }
  }
}
