/** What an instance of a schema may be: how large, and when there is none. */

/** No value of a sane size fits: `message` says why, in words for the client. */
export class NoInstanceError extends Error {
  override readonly name = 'NoInstanceError'
}

/** Nothing was said about this value. No JSON value can be mistaken for it. */
export const NOTHING = Symbol('nothing')

/** Values, lists and objects included. */
const MAXIMUM_VALUES = 20_000
/** Characters of all strings and names. */
const MAXIMUM_CHARACTERS = 200_000

/** Throws a `NoInstanceError` when it is used up. */
export class InstanceBudget {
  #values = 0
  #characters = 0

  spendValue(): void {
    this.#values += 1
    if (this.#values <= MAXIMUM_VALUES) return
    throw new NoInstanceError(`its smallest value holds more than ${MAXIMUM_VALUES} values`)
  }

  spendCharacters(characters: number): void {
    this.#characters += characters
    if (this.#characters <= MAXIMUM_CHARACTERS) return
    throw new NoInstanceError(`its smallest value is longer than ${MAXIMUM_CHARACTERS} characters`)
  }
}
