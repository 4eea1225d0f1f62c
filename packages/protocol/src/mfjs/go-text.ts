/** A JSON value in the words of the hosted validator, which is written in Go and prints values with `%v`. */
import type { JsonValue } from './json.ts'

const SHOWN_CHARACTERS = 80

/** `a`, `1e+21`, `<nil>`, `[1 a]`, `map[a:1 b:2]`; cut where it gets long. */
export function goText(value: JsonValue | undefined): string {
  const text = written(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

function written(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'number') return goNumber(value)
  if (typeof value !== 'object') return String(value)
  if (isList(value)) return `[${value.map(written).join(' ')}]`
  const members = Object.keys(value).toSorted()
  return `map[${members.map((name) => `${name}:${written(value[name])}`).join(' ')}]`
}

const isList = (value: object): value is readonly JsonValue[] => Array.isArray(value)

/** Go turns to exponents below 0.0001 and writes them with two digits; upwards both turn at 1e21. */
function goNumber(value: number): string {
  const size = Math.abs(value)
  const text = size > 0 && size < 1e-4 ? value.toExponential() : String(value)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}
