/** What a schema found wrong with a request, in the words of somebody who wants to mend it. */

import { shown } from '@moonbase/protocol'
import type { ErrorObject } from 'ajv'
import { didYouMean } from '../../configuration/did-you-mean.ts'
import { fieldsOf } from '../../configuration/plain-value.ts'
import { typeWords } from '../../configuration/type-words.ts'
import { FORMATS, type Format } from './formats.ts'

/** What parts of a body, of a query and of a path are called. */
export type Part = 'field' | 'parameter'

/** One sentence, without a full stop. */
export function checkWords(error: ErrorObject, part: Part): string {
  const at = nameOf(error.instancePath)
  const { params } = error
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(params['additionalProperty'])
      const known = Object.keys(fieldsOf(error.parentSchema?.['properties']))
      return `there is no ${part} ${shown(joined(at, unknown))}${didYouMean(unknown, known)}`
    }
    case 'required':
      return `the ${part} ${shown(joined(at, String(params['missingProperty'])))} is missing`
    case 'uniqueItems':
      return `${at} holds ${shown(valueAt(error.data, Number(params['i'])))} twice`
    default:
      return `${at === '' ? 'the body' : at} must ${boundWords(error)}${got(error)}`
  }
}

function boundWords({ keyword, params, schema, parentSchema, message }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return `be ${typeWords(schema, 'an object')}`
    case 'enum':
      return `be one of ${[params['allowedValues']].flat().map(choiceText).join(', ')}`
    case 'format':
      return `be ${formatOf(String(params['format']))?.words ?? 'of another form'}`
    case 'minimum':
    case 'maximum':
      return `be from ${String(parentSchema?.['minimum'])} to ${String(parentSchema?.['maximum'])}`
    case 'minLength':
    case 'minItems':
      return 'not be empty'
    case 'maxLength':
      return `have ${String(params['limit'])} characters at most`
    case 'maxItems':
      return `have ${String(params['limit'])} entries at most`
    default:
      return message ?? 'be something else'
  }
}

function formatOf(name: string): Format | undefined {
  return Object.entries(FORMATS).find(([known]) => known === name)?.[1]
}

function choiceText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function got({ keyword, data }: ErrorObject): string {
  return keyword === 'minLength' || keyword === 'minItems' ? '' : `, got ${shown(data)}`
}

function valueAt(data: unknown, index: number): unknown {
  return Array.isArray(data) ? data[index] : undefined
}

/** `/limits/rpm` is `limits.rpm`, `/models/0` is `models[0]`. */
function nameOf(pointer: string): string {
  let name = ''
  for (const part of pointer.split('/').slice(1)) {
    const plain = part.replaceAll('~1', '/').replaceAll('~0', '~')
    name = /^\d+$/.test(plain) ? `${name}[${plain}]` : joined(name, plain)
  }
  return name
}

function joined(holder: string, name: string): string {
  return holder === '' ? name : `${holder}.${name}`
}
