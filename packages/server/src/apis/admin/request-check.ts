/** Whether a request has the shape that its operation describes; if not, which field is wrong and how. */

import { apiError } from '@moonbase/protocol'
import type { Ajv as AjvClass, ValidateFunction } from 'ajv'
import type { Exchange } from '../../http/exchange.ts'
import { readJson } from '../../http/parse-body.ts'
import { type Part, checkWords } from './check-words.ts'
import { FORMATS } from './formats.ts'
import type { Operation } from './operation.ts'
import type { JsonSchema } from './shape.ts'

/** Nothing that an operator says is as long. */
const MOST_BODY_BYTES = 1024 * 1024

/** Each schema is compiled once, when it is first asked for: most servers never meet most of them. */
export class RequestCheck {
  readonly #compiled = new Map<JsonSchema, ValidateFunction>()
  #ajv: Promise<AjvClass> | undefined

  /** @throws ApiError that names the parameter */
  async parameters({ parameters }: Operation, given: Readonly<Record<string, string | undefined>>): Promise<unknown> {
    await this.#check(parameters, { ...given }, 'parameter')
    return given
  }

  /** @throws ApiError that names the parameter */
  async query({ query }: Operation, text: string): Promise<unknown> {
    const given = queryValues(query, text)
    await this.#check(query, given, 'parameter')
    return given
  }

  /** @throws ApiError that names the field */
  async body({ body }: Operation, exchange: Exchange): Promise<unknown> {
    if (body === undefined) return undefined
    const given = await readJson(exchange, MOST_BODY_BYTES)
    await this.#check(body, given, 'field')
    return given
  }

  async #check(schema: JsonSchema, value: unknown, part: Part): Promise<void> {
    const validate = await this.#validatorOf(schema)
    if (validate(value)) return
    const [error] = validate.errors ?? []
    throw apiError('invalid_request', { details: error === undefined ? 'it is not valid' : checkWords(error, part) })
  }

  async #validatorOf(schema: JsonSchema): Promise<ValidateFunction> {
    const there = this.#compiled.get(schema)
    if (there !== undefined) return there
    const validate = (await this.#opened()).compile(schema)
    this.#compiled.set(schema, validate)
    return validate
  }

  /** Once; again where it failed. */
  async #opened(): Promise<AjvClass> {
    this.#ajv ??= openAjv()
    try {
      return await this.#ajv
    } catch (error) {
      this.#ajv = undefined
      throw error
    }
  }
}

/** Not at the start, which it would make slower by a tenth. The first error is the one that is told, so others are not looked for. */
async function openAjv(): Promise<AjvClass> {
  const { Ajv } = await import('ajv')
  const ajv = new Ajv({
    verbose: true,
    allowUnionTypes: true,
    meta: false,
    validateSchema: false,
  })
  for (const [name, { fits }] of Object.entries(FORMATS)) ajv.addFormat(name, fits)
  return ajv
}

/** Query texts as what their schemas want: numbers of digits, lists with commas. The rest stays text, for the check to refuse. */
function queryValues({ properties }: JsonSchema, text: string): Record<string, unknown> {
  const schemas = new Map(Object.entries(Object(properties)))
  const values = new Map<string, unknown>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name)) throw apiError('invalid_request', { details: `the parameter ${name} stands there twice` })
    values.set(name, queryValue(Object(schemas.get(name)), value))
  }
  return Object.fromEntries(values)
}

function queryValue({ type }: JsonSchema, value: string): unknown {
  if (type === 'integer') return /^\d{1,15}$/.test(value) ? Number(value) : value
  if (type === 'array') return value === '' ? [] : value.split(',')
  return value
}
