/** What stands behind a property's name: "mood: glad", "mood is glad", "tags: red, shiny and new". */

import type { Property } from './property-kind.ts'
import { isFiller } from './words.ts'

/** `rest` is the text behind the joiner. A property whose name is a plural gets all that is listed, any other one text. */
export function statedTexts(rest: string, joiner: string, property: Property): readonly string[] {
  const announced = joiner === ':' || joiner === '='
  const stated = announced ? UP_TO_AN_END.exec(rest)?.[1] : /^[\p{L}\p{N}_-]{2,60}/u.exec(rest)?.[0]
  const value = stated?.trim() ?? ''
  if (value === '' || isFiller(value.toLowerCase())) return []
  return PLURAL.test(property.name) ? listed(rest) : [value]
}

const UP_TO_AN_END = /^["'{[]?([^\n,;"'}\]]{1,200}?)(?=\s*(?:[\n,;"'}\]]|\.(?:\s|$)|\s(?:and|with)\s|$))/i
const PLURAL = /[^s]s$/

/** "red, shiny and new." is three entries. */
function listed(rest: string): string[] {
  const line = /^[^\n.;]{1,200}/.exec(rest)?.[0] ?? ''
  return line
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !/[:=]/.test(entry))
}
