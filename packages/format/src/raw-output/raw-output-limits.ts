/** How much a reading of raw output may hold, and the error behind each limit. */

export interface RawOutputLimits {
  /** Calls of one answer. */
  readonly calls: number
  /** Characters of arguments of all calls of an answer. */
  readonly argumentCharacters: number
  /** Characters of arguments kept back while the name of their call is not known. */
  readonly heldCharacters: number
}

export const RAW_OUTPUT_LIMITS: RawOutputLimits = {
  calls: 512,
  argumentCharacters: 16 * 1024 * 1024,
  heldCharacters: 64 * 1024,
}

/** The model wrote more than is held. The reading is over: every later step throws the same error. */
export class RawOutputLimitError extends Error {
  override readonly name = 'RawOutputLimitError'
  readonly what: string
  readonly size: number
  readonly unit: string

  constructor(what: string, size: number, unit: string) {
    super(`${what} may be at most ${size} ${unit}`)
    this.what = what
    this.size = size
    this.unit = unit
  }
}
