/**
 * The form of the answer: a strict schema must keep the whole specification of MFJS. Here the hosted platform refused
 * what it let pass in tools, a top-level `$schema` among it (user reports).
 */

import { type LenientSwitch } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol/errors'
import type { ResponseFormat } from '../generation/index.ts'
import type { AppliedLeniency } from './applied-leniency.ts'
import type { SchemaRules } from './schema-rules.ts'

export function resolveResponseFormat(
  format: ResponseFormat,
  schemas: SchemaRules,
  lenient: ReadonlySet<LenientSwitch>,
  leniency: AppliedLeniency,
): ResponseFormat {
  if (format.type !== 'json_schema' || !format.strict) return format
  const problem = schemas.problem(format.schema, 'ultra')
  if (problem === undefined) return format
  if (lenient.has('relax-schema')) {
    const schema = schemas.relax(format.schema, false)
    if (schema !== undefined) {
      leniency.notes.push({ switch: 'relax-schema', field: 'response_format' })
      return { ...format, schema }
    }
  }
  throw apiError('response_schema_not_mfjs', { details: problem })
}
