/** The same for a schema that is still JSON text: finds what is lost in parsing. */
import { parseJson } from '../parse-json.ts'
import type { MfjsProblem } from './mfjs-problem.ts'
import { type MfjsOptions, validateMfjs } from './validate-mfjs.ts'

/** Strings, to be skipped, and numbers that have an exponent or are very long: among them those that JSON cannot hold. */
const TEXT_OR_ODD_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?[eE][+-]?\d+|-?\d{300,}/g

/**
 * The first problem of a schema given as JSON text. What is no JSON object at all has `path: null` and a message that
 * begins with `JSON schema parsing error`.
 */
export function validateMfjsText(text: string, options: MfjsOptions = {}): MfjsProblem | undefined {
  let schema: unknown
  try {
    schema = parseJson(text)
  } catch (error) {
    return parsingError(`JSON syntax error: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (schema !== null && (typeof schema !== 'object' || Array.isArray(schema))) {
    return parsingError(
      `JSON type error: expected an object but got ${Array.isArray(schema) ? 'array' : typeof schema}`,
    )
  }
  // JSON.parse makes an infinity of such a number, which is no JSON value.
  const tooLarge = oddNumbersOf(text).find((number) => !Number.isFinite(Number(number)))
  if (tooLarge !== undefined) return parsingError(`JSON type error: number ${tooLarge.slice(0, 40)} is too large`)
  return validateMfjs(schema, options)
}

function parsingError(reason: string): MfjsProblem {
  return { path: null, message: `JSON schema parsing error: ${reason}` }
}

/** The numbers outside of strings whose spelling matters, as they are written. */
function oddNumbersOf(text: string): string[] {
  return Array.from(text.matchAll(TEXT_OR_ODD_NUMBER), ([token]) => token).filter((token) => !token.startsWith('"'))
}
