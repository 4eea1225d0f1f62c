/** A JSON number that is cut anywhere: the digits that make it whole and, where they can, keep it within bounds. */

import type { JsonSchema } from '../../generation/index.ts'
import { boundOf, enumOf, takesScalar, typesOf } from './schema-view.ts'

/** More digits change nothing that a double can hold. */
const MOST_DIGITS = 17

/** What follows `token`: `''` when it can stand as it is, `undefined` when it is not the beginning of a number. */
export function completeNumber(token: string, schema: JsonSchema): string | undefined {
  if (!/^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?$/.test(token)) return undefined
  const accepts = (text: string): boolean => isWhole(text) && takes(schema, Number(text))
  const option = (enumOf(schema) ?? []).map(String).find((text) => text.startsWith(token))
  if (option !== undefined && accepts(option)) return option.slice(token.length)
  if (accepts(token)) return ''
  const fitting = withDigits(token, schema)
  if (fitting !== undefined && accepts(fitting)) return fitting.slice(token.length)
  // Nothing fits: at least it becomes a number.
  return ['', '0', '1', '.0'].find((rest) => isWhole(token + rest))
}

function isWhole(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)
}

function takes(schema: JsonSchema, value: number): boolean {
  return takesScalar(
    typesOf(schema).some((type) => type === 'number' || type === 'integer') ? schema : { ...schema, type: 'number' },
    value,
  )
}

/** The token with as few digits more as bring it inside the bounds. */
function withDigits(token: string, schema: JsonSchema): string | undefined {
  const lower = boundOf(schema, 'minimum', -Infinity)
  const upper = boundOf(schema, 'maximum', Infinity)
  const tries = [`${token}0`, `${token}1`, String(lower), String(upper)]
  for (let digits = 1; digits <= MOST_DIGITS && /^-?(?:[1-9]\d*)?$/.test(token); digits += 1) {
    const [least, most] = spanOf(token, digits)
    // The end of the span that is nearer to zero first: it needs the fewest digits.
    const near = token.startsWith('-') ? Math.min(most, Math.floor(upper)) : Math.max(least, Math.ceil(lower))
    if (near >= least && near <= most) tries.push(String(near))
  }
  return tries.find((text) => text.startsWith(token) && isWhole(text) && takes(schema, Number(text)))
}

/** The whole numbers that begin with `token` and have `digits` digits more. */
function spanOf(token: string, digits: number): readonly [least: number, most: number] {
  const first = Number(`${token}${token === '-' ? '1' : '0'}${'0'.repeat(digits - 1)}`)
  const last = Number(token + '9'.repeat(digits))
  return first < last ? [first, last] : [last, first]
}
