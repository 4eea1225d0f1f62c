/** Which tools the conversation itself brings in and takes away, by name: the last word counts. */

import { type Fields, fieldsOf, textOf, wrong } from './wire-checks.ts'

/** One for each request. */
export class ToolChanges {
  readonly #added = new Map<string, boolean>()
  /** Tools that were declared in the middle, as they would stand in `tools`. */
  readonly #defined: Fields[] = []

  get defined(): readonly Fields[] {
    return this.#defined
  }

  /** `undefined`: the conversation says nothing of it. */
  isAdded(name: string): boolean | undefined {
    return this.#added.get(name)
  }

  /** A search for tools has found it: from there on the model may call it. */
  refer(name: string): void {
    this.#added.set(name, true)
  }

  /** A `tool_addition` or `tool_removal` of a system message. Returns what it is called. */
  change(block: Fields, at: string): string {
    const tool = fieldsOf(block['tool'], `${at}.tool`)
    const isAddition = block['type'] === 'tool_addition'
    if (tool['type'] === 'tool_definition' && isAddition) {
      const definition = fieldsOf(tool['definition'], `${at}.tool.definition`)
      this.#defined.push(definition)
      return this.#set(textOf(definition['name'], `${at}.tool.definition.name`), true)
    }
    if (tool['type'] !== 'tool_reference')
      throw wrong(`${at}.tool.type`, "Input should be 'tool_reference' or 'tool_definition'")
    return this.#set(textOf(tool['name'], `${at}.tool.name`), isAddition)
  }

  #set(name: string, added: boolean): string {
    this.#added.set(name, added)
    return name
  }
}
