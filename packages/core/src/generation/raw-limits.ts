/** More of an answer than is held, met by the parser of the model's own format, as the failure of the engine that wrote it. */

import { RawOutputLimitError } from '@moonbase/format'
import { EngineError } from './engine-error.ts'

/** What `step` gives. Throws an `EngineError` of kind `limit` in place of a `RawOutputLimitError`, and all else as it is. */
export function withinRawLimits<Result>(engine: string, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof RawOutputLimitError)) throw error
    const { size, unit } = error
    throw new EngineError('limit', error.message, { engine, cause: error, limit: { size, unit } })
  }
}
