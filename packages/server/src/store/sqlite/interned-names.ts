/** Names as numbers: rows carry the number, and the name is written once, with the group that brought it. */

import { type Cells, STEP } from './group-steps.ts'

/** What clients call things, such as models that nobody has, must not fill the memory. */
const MAX_NAMES = 200_000

export class InternedNames {
  readonly #numbers: Map<string, number>
  readonly #texts: Map<number, string>
  #next: number
  /** Not on the disk yet, nor on the way to it. */
  #fresh: [number, string][] = []

  constructor(known: readonly (readonly [id: number, name: string])[]) {
    this.#numbers = new Map(known.map(([id, name]) => [name, id]))
    this.#texts = new Map(known)
    this.#next = known.reduce((most, [id]) => Math.max(most, id), 0) + 1
  }

  /** Whether it is known, or there is room: who may be refused asks first. */
  has(name: string): boolean {
    return this.#numbers.has(name) || this.#numbers.size < MAX_NAMES
  }

  known(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#next++
    this.#numbers.set(name, number)
    this.#texts.set(number, name)
    this.#fresh.push([number, name])
    return number
  }

  textOf(number: number): string {
    const text = this.#texts.get(number)
    if (text === undefined) throw new Error(`no name has the number ${number}`)
    return text
  }

  /** Writes what is fresh; what it gives goes to `restore` when that was not kept. */
  write(cells: Cells): readonly (readonly [number, string])[] {
    const taken = this.#fresh
    if (taken.length === 0) return taken
    for (const [number, name] of taken) cells.push(STEP.name, number, name)
    this.#fresh = []
    return taken
  }

  restore(taken: readonly (readonly [number, string])[]): void {
    if (taken.length > 0)
      this.#fresh = [...taken.map(([number, name]): [number, string] => [number, name]), ...this.#fresh]
  }
}
