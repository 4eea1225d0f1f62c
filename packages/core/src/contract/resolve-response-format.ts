/**
 * The form of the answer: a strict schema must keep the whole specification of MFJS. Here the hosted platform refused
 * what it let pass in tools, a top-level `$schema` among it (user reports).
 */

import { type LenientSwitch, apiError, describeProblem, isFields, relaxMfjs, validateMfjs } from '@moonbase/protocol'
import type { ResponseFormat } from '../generation/index.ts'
import type { AppliedLeniency } from './applied-leniency.ts'

export function resolveResponseFormat(
  format: ResponseFormat,
  lenient: ReadonlySet<LenientSwitch>,
  leniency: AppliedLeniency,
): ResponseFormat {
  if (format.type !== 'json_schema' || !format.strict) return format
  const problem = validateMfjs(format.schema, { level: 'ultra' })
  if (problem === undefined) return format
  if (lenient.has('relax-schema')) {
    const relaxed = relaxMfjs(format.schema)
    if (relaxed.problem === undefined && isFields(relaxed.schema)) {
      leniency.notes.push({ switch: 'relax-schema', field: 'response_format' })
      return { ...format, schema: relaxed.schema }
    }
  }
  throw apiError('response_schema_not_mfjs', { details: describeProblem(problem) })
}
