/** The bounds of texts, lists and numbers. Full MFJS only: at `strict` the hosted platform took any, `minLength: "5"` too. */
import type { JsonObject } from './json.ts'
import { KEYWORDS_OF_TYPE, type MfjsType } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { goText } from './go-text.ts'
import type { Spot } from './spot.ts'

export function checkBounds(schema: JsonObject, types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  const allows = (keyword: string): boolean => types.every((type) => KEYWORDS_OF_TYPE[type].has(keyword))
  return (
    (allows('minLength') ? checkCounts(schema, 'minLength', 'maxLength', spot) : undefined) ??
    (allows('minimum') ? checkRange(schema, types.includes('integer'), spot) : undefined) ??
    (allows('minItems') ? checkCounts(schema, 'minItems', 'maxItems', spot) : undefined)
  )
}

/** Two counts. A bound of `null` counts as none, as it did on the hosted platform. */
function checkCounts(schema: JsonObject, low: string, high: string, spot: Spot): MfjsProblem | undefined {
  for (const keyword of [low, high]) {
    const count = schema[keyword] ?? null
    if (count === null) continue
    if (typeof count !== 'number') return problemAt(spot.path, `${keyword} must be an integer`)
    if (count < 0) return problemAt(spot.path, `${keyword} must be non-negative`)
    if (!Number.isInteger(count)) return problemAt(spot.path, 'not a valid integer')
  }
  const reversed = reversedBounds(schema, low, high)
  return reversed === undefined ? undefined : problemAt([...spot.path, low], reversed)
}

function checkRange(schema: JsonObject, whole: boolean, spot: Spot): MfjsProblem | undefined {
  for (const keyword of ['minimum', 'maximum']) {
    const bound = schema[keyword] ?? null
    if (bound === null) continue
    if (typeof bound !== 'number') {
      return problemAt(spot.path, `${keyword} must be ${whole ? 'an integer' : 'a number'}`)
    }
    if (whole && !Number.isInteger(bound)) return problemAt(spot.path, 'not a valid integer')
  }
  const reversed = reversedBounds(schema, 'minimum', 'maximum')
  return reversed === undefined ? undefined : problemAt(spot.path, reversed)
}

function reversedBounds(schema: JsonObject, low: string, high: string): string | undefined {
  const least = schema[low]
  const most = schema[high]
  if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return undefined
  return `${low} (${goText(least)}) cannot be greater than ${high} (${goText(most)})`
}
