/**
 * `${NAME}` and `${NAME:-otherwise}` inside a configuration file.
 *
 * They are replaced after the YAML is read, never before: a value from the environment is always one scalar and cannot
 * bring structure along. But `{ key: ${NAME} }` is no YAML as it stands, since a brace ends a plain scalar inside `{ }`.
 * So each expression is first masked: every ASCII character of it moves to the same place of Unicode's private use
 * area. The length stays, so line and column stay true, and to YAML it is a plain word.
 */

const MASK = 0xe000
const EXPRESSION = /\$?\$\{[^}\n]*\}/g

const masked = (text: string): string =>
  text.replaceAll(/[\0-\x7f]/g, (character) => String.fromCharCode(MASK + character.charCodeAt(0)))

const MASKED_EXPRESSION = new RegExp(
  `(${masked('$')}?)${masked('${')}([^${masked('}')}]*)${masked('}')}`.replaceAll('$', '\\$'),
  'g',
)

/** Where a text already holds one of the characters that masking needs, or -1. Such a text cannot be masked. */
export function findUnmaskable(text: string): number {
  return text.search(/[\uE000-\uE07F]/)
}

export function maskReferences(text: string): string {
  return text.replaceAll(EXPRESSION, masked)
}

export function unmask(text: string): string {
  return text.replaceAll(/[\uE000-\uE07F]/g, (character) => String.fromCharCode(character.charCodeAt(0) - MASK))
}

export interface Resolved {
  readonly text: string
  /** The names it read, whether set or not. */
  readonly names: readonly string[]
  /** In words, what could not be resolved. */
  readonly wrong: readonly string[]
}

/** `undefined` when a scalar holds no expression at all. A variable that is set but empty counts as not set. */
export function resolveReferences(
  scalar: string,
  environment: Readonly<Record<string, string | undefined>>,
): Resolved | undefined {
  const names: string[] = []
  const wrong: string[] = []
  let found = false
  const text = scalar.replaceAll(MASKED_EXPRESSION, (whole: string, escape: string, inside: string) => {
    if (escape !== '') return unmask(whole).slice(1)
    found = true
    const [, name, otherwise] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(unmask(inside)) ?? []
    if (name === undefined) {
      wrong.push('"${…}" takes the name of a variable, as in ${NAME} or ${NAME:-otherwise}; write $${ for a plain ${')
      return ''
    }
    names.push(name)
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    if (otherwise !== undefined) return otherwise
    wrong.push(`the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`)
    return ''
  })
  // Without an expression there may still have been a `$${`, which is one dollar shorter now.
  return found || text !== scalar ? { text, names, wrong } : undefined
}
