/** The OpenAPI document of the operator's API, made from its table. */

import { type ErrorCode, ERRORS } from '@moonbase/protocol'
import type { Operation } from './operation.ts'
import { SCHEMAS } from './reply-schemas.ts'
import { isRecord } from '../../configuration/plain-value.ts'
import type { JsonSchema } from './shape.ts'

export function openapiDocument(operations: readonly Operation[]): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'moonbase: the operator’s API',
      version: '1',
      description:
        'Amounts are decimal texts in units of the currency, never numbers. Times are ISO 8601. See docs/admin.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:2500' }],
    security: [{ adminKey: [] }],
    paths,
    components: {
      schemas: SCHEMAS,
      responses: refusalResponses(),
      securitySchemes: { adminKey: { type: 'http', scheme: 'bearer', description: 'An admin key, not an API key.' } },
    },
  }
}

function operationObject(operation: Operation): JsonSchema {
  const { id, summary, description, scope, operatorOnly, body } = operation
  const who = [
    scope === null ? 'Any admin key.' : `Scope \`${scope}\`.`,
    ...(operatorOnly ? ['Only for operators: not for keys of one organisation.'] : []),
  ]
  return {
    operationId: id,
    summary,
    description: [...(description === undefined ? [] : [description]), ...who].join(' '),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: responses(operation),
  }
}

function pathParameters({ parameters }: Operation): JsonSchema[] {
  return propertiesOf(parameters).map(([name, schema]) => ({ name, in: 'path', required: true, schema }))
}

function queryParameters({ query }: Operation): JsonSchema[] {
  return propertiesOf(query).map(([name, schema]) => {
    const isList = isRecord(schema) && schema['type'] === 'array'
    return isList ? { name, in: 'query', style: 'form', explode: false, schema } : { name, in: 'query', schema }
  })
}

function headerParameters({ idempotent }: Operation): JsonSchema[] {
  if (idempotent !== true) return []
  const schema = { type: 'string', minLength: 1, maxLength: 128 }
  const description = 'Yours: the same one for each try of the same payment.'
  return [{ name: 'Idempotency-Key', in: 'header', required: true, description, schema }]
}

/** The rows of the error table that an operator may meet, by their names in the document. */
const REFUSALS = {
  Invalid: ['invalid_request'],
  Unauthorised: ['incorrect_api_key', 'invalid_authentication'],
  Forbidden: ['api_not_open'],
  NotFound: ['account_not_found'],
  Conflict: ['account_conflict', 'idempotency_conflict'],
  TooLarge: ['body_too_large'],
  TooManyAttempts: ['too_many_attempts'],
  Unavailable: ['ledger_unavailable'],
} as const satisfies Record<string, readonly ErrorCode[]>

function responses({ reply, csv, body, organisation, path, made, method }: Operation): JsonSchema {
  const namesOne = organisation !== null || path.includes(':') || made !== undefined
  const refusals: readonly (keyof typeof REFUSALS)[] = [
    'Invalid',
    'Unauthorised',
    'Forbidden',
    ...(namesOne ? (['NotFound'] as const) : []),
    ...(method === 'POST' ? (['Conflict'] as const) : []),
    ...(body === undefined ? [] : (['TooLarge'] as const)),
    'TooManyAttempts',
    'Unavailable',
  ]
  const table = csv === true ? { 'text/csv': { schema: { type: 'string' } } } : {}
  return {
    200: { description: 'Done.', content: { 'application/json': { schema: named(reply) }, ...table } },
    ...Object.fromEntries(
      refusals.map((name) => [ERRORS[REFUSALS[name][0]].status, { $ref: `#/components/responses/${name}` }]),
    ),
  }
}

function refusalResponses(): JsonSchema {
  const content = { 'application/json': { schema: named(SCHEMAS.Error) } }
  const responseOf = (codes: readonly ErrorCode[]): JsonSchema => ({
    description: codes.map((code) => ERRORS[code].words).join('; or: '),
    content,
  })
  return Object.fromEntries(Object.entries(REFUSALS).map(([name, codes]) => [name, responseOf(codes)]))
}

/** The reference to a schema that has a name; what holds some is looked through. */
function named(schema: JsonSchema): JsonSchema {
  const name = Object.entries(SCHEMAS).find(([, known]) => known === schema)?.[0]
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  const parts = Object.entries(schema).map(([keyword, value]) => [keyword, isRecord(value) ? named(value) : value])
  return Object.fromEntries(parts)
}

function propertiesOf({ properties }: JsonSchema): [string, unknown][] {
  return Object.entries(Object(properties))
}
