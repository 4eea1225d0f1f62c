/** What the schema found wrong, in the words of somebody who wants to mend it. */

import type { ErrorObject } from 'ajv'
import { didYouMean } from './did-you-mean.ts'
import { fieldsOf } from './plain-value.ts'
import { pointerTo } from './pointer.ts'
import { quoted } from './problems.ts'
import type { YamlFile } from './read-yaml.ts'
import { typeWords } from './type-words.ts'

export function reportShapeError(error: ErrorObject, file: YamlFile): void {
  const at = error.instancePath
  const { params } = error
  switch (error.keyword) {
    case 'if':
    case 'propertyNames':
      // Draft 7 says that these failed beside saying why.
      return
    case 'additionalProperties': {
      const name = String(params['additionalProperty'])
      const pointer = pointerTo(at, name)
      const known = Object.keys(fieldsOf(error.parentSchema?.['properties']))
      file.add(pointer, `there is no such field${didYouMean(name, known)}`, 'key')
      return
    }
    case 'required': {
      const name = String(params['missingProperty'])
      if (!file.isUnknown(pointerTo(at, name))) file.add(at, `the field "${name}" is missing`, 'key')
      return
    }
    case 'pattern':
      if (error.propertyName === undefined) file.add(at, `must be ${NAME_WORDS}${got(error, file)}`)
      else file.add(pointerTo(at, error.propertyName), `must be called by ${ENGINE_NAME_WORDS}`, 'key')
      return
    case 'uniqueItems':
      file.add(pointerTo(at, Number(params['i'])), 'is in the list already')
      return
    case 'enum':
      file.add(at, `must be one of ${listed(params['allowedValues'])}${got(error, file)}`)
      return
    default:
      file.add(at, `${boundWords(error)}${got(error, file)}`)
  }
}

const NAME_WORDS = 'a name of letters, digits, ".", "-" and "_", 64 at most'
const ENGINE_NAME_WORDS = 'a name of letters, digits, "-" and "_", 64 at most, that starts with a letter'

function boundWords({ keyword, params, schema, parentSchema, data, message }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      if (schema === 'string' && typeof data !== 'object') return 'must be text; put quotes around it'
      return `must be ${typeWords(schema, 'a mapping of fields')}`
    case 'const':
      return `must be ${quoted(params['allowedValue'])} or a list`
    case 'minimum':
    case 'maximum':
      return `must be from ${parentSchema?.['minimum']} to ${parentSchema?.['maximum']}`
    case 'exclusiveMinimum':
      return `must be more than ${params['limit']}`
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return 'must not be empty'
    case 'maxLength':
      return `must have ${params['limit']} characters at most`
    case 'maxItems':
    case 'maxProperties':
      return `must have ${params['limit']} entries at most`
    default:
      return message ?? 'is not allowed here'
  }
}

function listed(values: unknown): string {
  return [values].flat().join(', ')
}

/** ` (got "vlm")`: what stood there, unless it is a secret, came from the environment, or is too big to be shown. */
/** Where a key or the password of an address may stand, by mistake too: `limits` may be taken for `limits.store`. */
const SECRET_PLACES = /^\/(engines|keys)\/[^/]+\/(key|headers)(\/|$)|^\/(store|files|limits)(\/store)?$/

function got({ instancePath, keyword, data }: ErrorObject, file: YamlFile): string {
  // The whole file is another one than was meant: nothing of it is anybody's to see.
  if (instancePath === '') return ''
  if (SECRET_PLACES.test(instancePath)) return ''
  const expression = file.expressionAt(instancePath)
  if (expression !== undefined) return ` (got ${quoted(expression.source)}, filled in from the environment)`
  if (data === null) return ' (got nothing)'
  if (typeof data !== 'object') return ` (got ${quoted(data)})`
  if (keyword !== 'type') return ''
  return Array.isArray(data) ? ' (got a list)' : ' (got a mapping)'
}
