/** The form of the answer: a strict schema must be MFJS. */

import {
  type LenientSwitch,
  type Relaxation,
  apiError,
  describeProblem,
  relaxMfjs,
  validateMfjs,
} from '@moonbase/protocol'
import type { JsonSchema, ResponseFormat } from '../generation/index.ts'

export function resolveResponseFormat(
  format: ResponseFormat,
  lenient: ReadonlySet<LenientSwitch>,
  relaxations: Relaxation[],
): ResponseFormat {
  if (format.type !== 'json_schema' || !format.strict) return format
  const problem = validateMfjs(format.schema)
  if (problem === undefined) return format
  if (lenient.has('relax-schema')) {
    const schema = relaxMfjs(format.schema).schema as JsonSchema
    if (validateMfjs(schema) === undefined) {
      relaxations.push({ switch: 'relax-schema', field: 'response_format' })
      return { ...format, schema }
    }
  }
  throw apiError('response_schema_not_mfjs', { details: describeProblem(problem) })
}
