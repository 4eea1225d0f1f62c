/**
 * From an error as it stands on the wire back to its code, which no wire has: by status, type and words. For who shows errors to
 * people and knows more of a code than its words say.
 */

import type { ErrorRow } from './error-table.ts'
import type { ErrorCode } from './errors.ts'
import { ERRORS } from './platform-errors.ts'

/** What a reply, or an error event of a stream, says of itself. */
export interface WireError {
  /** Absent in the middle of a stream, whose status was sent before. */
  readonly status?: number | undefined
  readonly type: string
  readonly message: string
}

export interface MatchedError {
  readonly code: ErrorCode
  /** What stands where the row has `{names}`, as text; a long value is cut as `filledIn` cut it. */
  readonly parameters: Readonly<Record<string, string>>
}

/** A row taken apart: what always stands there, and the names of what stands between. */
interface Shape extends Pick<ErrorRow, 'status' | 'type'> {
  readonly code: ErrorCode
  /** One more than names. */
  readonly literals: readonly string[]
  readonly names: readonly string[]
  /** Characters that always stand there: of two rows that fit, the one with more says more. */
  readonly certain: number
}

/** `Invalid request: {details}` is what many rows begin with, and `{message}` is all of them: the most certain comes first. */
const SHAPES: readonly Shape[] = Object.entries<ErrorRow>(ERRORS)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table are its codes
  .map(([code, row]) => shapeOf(code as ErrorCode, row))
  .toSorted((one, other) => other.certain - one.certain)

function shapeOf(code: ErrorCode, { status, type, words }: ErrorRow): Shape {
  const parts = words.split(/\{(\w+)\}/)
  const literals = parts.filter((_, index) => index % 2 === 0)
  const names = parts.filter((_, index) => index % 2 === 1)
  return { code, status, type, literals, names, certain: literals.join('').length }
}

/**
 * The code whose row can have been written so; of several the one that leaves least open. `undefined`: no row of this table was.
 *
 * An engine's own refusal is `engine_refused` whatever it says, but where it uses the words of another row. Two rows of one
 * status, type and wording cannot be told apart, and are the first of them: `account_conflict` stands for `gateway_conflict`.
 */
export function matchError({ status, type, message }: WireError): MatchedError | undefined {
  for (const shape of SHAPES) {
    if (shape.type !== type || (status !== undefined && shape.status !== status)) continue
    const values = valuesIn(message, shape.literals)
    if (values === undefined) continue
    return { code: shape.code, parameters: Object.fromEntries(shape.names.map((name, at) => [name, values[at] ?? ''])) }
  }
  return undefined
}

/** What stands between the literals, each as early as it can; `undefined` where they do not. One pass, whatever the text is. */
function valuesIn(text: string, literals: readonly string[]): string[] | undefined {
  const [first = '', ...rest] = literals
  const last = rest.pop()
  if (last === undefined) return text === first ? [] : undefined
  if (!text.startsWith(first) || !text.endsWith(last)) return undefined
  const end = text.length - last.length
  const values: string[] = []
  let at = first.length
  for (const literal of rest) {
    const found = text.indexOf(literal, at)
    if (found === -1) return undefined
    values.push(text.slice(at, found))
    at = found + literal.length
  }
  if (at > end) return undefined
  values.push(text.slice(at, end))
  return values
}
