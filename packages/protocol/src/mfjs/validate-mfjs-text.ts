/** The same for a schema that is still JSON text: finds what is lost in parsing. */
import { parseJson } from '../parse-json.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { type MfjsOptions, validateMfjs } from './validate-mfjs.ts'

/** Strings, to be skipped, and numbers that have an exponent or are very long. */
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
  const oddNumbers = oddNumbersOf(text)
  // JSON.parse makes an infinity of such a number, which is no JSON value.
  const tooLarge = oddNumbers.find((number) => !Number.isFinite(Number(number)))
  if (tooLarge !== undefined) return parsingError(`JSON type error: number ${tooLarge.slice(0, 40)} is too large`)
  const problem = validateMfjs(schema, options)
  if (problem !== undefined || options.level !== 'ultra') return problem
  // The specification forbids the notation; the hosted validator never saw it, because it looked at parsed numbers.
  const scientific = oddNumbers.find((number) => /e/i.test(number))
  if (scientific === undefined) return undefined
  return problemAt([], `invalid number format: scientific notation not allowed: ${scientific.slice(0, 40)}`)
}

function parsingError(reason: string): MfjsProblem {
  return { path: null, message: `JSON schema parsing error: ${reason}` }
}

/** The numbers outside of strings whose spelling matters, as they are written. */
function oddNumbersOf(text: string): string[] {
  return Array.from(text.matchAll(TEXT_OR_ODD_NUMBER), ([token]) => token).filter((token) => !token.startsWith('"'))
}
