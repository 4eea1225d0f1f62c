/** How large a schema is as compact JSON, and whether it is nested too deep to be walked. */
import { isJsonObject } from './json.ts'
import type { MfjsLimits } from './mfjs-limits.ts'

export type Measured = 'fits' | 'too large' | 'too deep'

/**
 * Walks until a limit is passed: neither size nor depth of the input matter to the cost. Bytes are counted as Go's
 * `encoding/json` would write them, as the hosted validator did: `<`, `>` and `&` are escaped, hence six bytes each.
 */
export function measureSchema(schema: unknown, limits: MfjsLimits): Measured {
  let bytes = 0
  let result: Measured = 'fits'

  const add = (value: unknown, level: number): void => {
    if (typeof value === 'string') bytes += value.length > limits.schemaBytes ? value.length : textBytes(value)
    else if (typeof value === 'object' && value !== null) {
      if (level === limits.nesting) result = 'too deep'
      else if (Array.isArray(value)) addList(value, level + 1)
      else if (isJsonObject(value)) addMembers(value, level + 1)
    } else bytes += String(value).length
    if (result === 'fits' && bytes > limits.schemaBytes) result = 'too large'
  }
  const addList = (list: readonly unknown[], level: number): void => {
    bytes += list.length === 0 ? 2 : 1 + list.length
    for (const item of list) {
      add(item, level)
      if (result !== 'fits') return
    }
  }
  const addMembers = (object: object, level: number): void => {
    const members = Object.entries(object)
    bytes += members.length === 0 ? 2 : 1 + 2 * members.length
    for (const [name, value] of members) {
      bytes += textBytes(name)
      add(value, level)
      if (result !== 'fits') return
    }
  }

  add(schema, 0)
  return result
}

/** A text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    bytes += unit < 0x80 ? 1 : wideBytes(unit)
  }
  return bytes
}

/** A text as a JSON string, quotes included. */
function textBytes(text: string): number {
  let bytes = 2
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += ASCII_BYTES[unit] ?? 1
    else bytes += unit === 0x2028 || unit === 0x2029 ? 6 : wideBytes(unit)
  }
  return bytes
}

/** What each ASCII character takes inside a JSON string. */
const ASCII_BYTES: readonly number[] = Array.from({ length: 0x80 }, (_, unit) => {
  const character = String.fromCharCode(unit)
  if ('"\\\b\f\n\r\t'.includes(character)) return 2
  return unit < 0x20 || '<>&'.includes(character) ? 6 : 1
})

/** The bytes of a UTF-16 unit outside ASCII: each half of a surrogate pair stands for two of its four. */
function wideBytes(unit: number): number {
  return unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
}
