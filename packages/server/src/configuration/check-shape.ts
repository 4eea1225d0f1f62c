/** Whether a file has the shape that the published schema describes, and if not, where and why. */

import { readFile } from 'node:fs/promises'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { isRecord } from './plain-value.ts'
import { splitPointer, valueAt } from './pointer.ts'
import type { YamlFile } from './read-yaml.ts'
import { reportShapeError } from './shape-words.ts'

const SCHEMA = new URL('../../../../docs/schemas/moonbase.schema.json', import.meta.url)

/** The published schema, as its text. */
export function readSchema(): Promise<string> {
  return readFile(SCHEMA, 'utf8')
}

let compiled: Promise<ValidateFunction> | undefined

/** Adds what is wrong to the problems of the file. Values that `${…}` brought become numbers where one is wanted. */
export async function checkShape(file: YamlFile): Promise<void> {
  // Compiled when a file was given and not before: this and the import take longer than all else at a start. Once: a reload
  // has answers under way, which would wait for it.
  compiled ??= compile().catch((error: unknown) => {
    compiled = undefined
    throw error
  })
  const validate = await compiled
  for (const error of errorsOf(validate, file)) reportShapeError(error, file)
  // They hold what the file holds, secrets too.
  validate.errors = null
}

/** That the schema itself is valid is the business of a test. */
async function compile(): Promise<ValidateFunction> {
  const { Ajv } = await import('ajv')
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, meta: false, validateSchema: false })
  const { $schema: _, ...schema }: Record<string, unknown> = JSON.parse(await readSchema())
  return ajv.compile(schema)
}

function errorsOf(validate: ValidateFunction, file: YamlFile): ErrorObject[] {
  if (validate(file.value)) return []
  const errors = validate.errors ?? []
  // A variable is always text. Where a number or a yes-or-no is wanted and the text is one, it becomes one.
  const converted = errors.filter((error) => convert(error, file)).length
  if (converted === 0) return errors
  return validate(file.value) ? [] : (validate.errors ?? [])
}

function convert(error: ErrorObject, file: YamlFile): boolean {
  if (error.keyword !== 'type' || typeof error.data !== 'string') return false
  if (file.expressionAt(error.instancePath)?.plain !== true) return false
  const value = scalarFrom(error.data, String(error.params['type']))
  if (value === undefined) return false
  const { parent, name } = splitPointer(error.instancePath)
  const holder = valueAt(file.value, parent)
  if (!isRecord(holder)) return false
  holder[name] = value
  return true
}

function scalarFrom(text: string, type: string): number | boolean | undefined {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (type !== 'integer' && type !== 'number') return undefined
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}
