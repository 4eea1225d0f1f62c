/** `enum`: how many values, and whether each is of the type that stands beside it. */
import type { JsonObject, JsonValue } from './json.ts'
import { typesOf } from './check-type.ts'
import { utf8Bytes } from './measure-schema.ts'
import { isOfType, type MfjsType } from './mfjs-keywords.ts'
import { type MfjsProblem, problemAt, shownValue } from './mfjs-problem.ts'
import type { Spot } from './spot.ts'

export function checkEnum(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const path = [...spot.path, 'enum']
  if (!Array.isArray(value)) return problemAt(path, 'enum must be an array')
  if (value.length === 0) return problemAt(path, 'enum array cannot be empty')
  const most = spot.limits.enumValues
  if (value.length > most) return problemAt(path, `enum array cannot have more than ${most} items`)
  if (schema['type'] === undefined) return problemAt(spot.path, 'type is not defined')
  const types = typesOf(schema)
  return checkPair(types, spot) ?? checkValues(value, types, path) ?? checkLength(value, types, path, spot)
}

function checkPair(types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  if (types.length < 2 || (types.length === 2 && types.includes('null'))) return undefined
  return problemAt(
    spot.path,
    'when type is array and enum is specified, currently only 2 types are supported, ' +
      'one must be null, and the other can be string/integer/number/boolean',
  )
}

function checkValues(
  values: readonly JsonValue[],
  types: readonly MfjsType[],
  path: readonly string[],
): MfjsProblem | undefined {
  for (const value of values) {
    if (types.some((type) => isOfType(value, type))) continue
    const numeric = types.find((type) => type === 'number' || type === 'integer')
    if (numeric !== undefined) return problemAt(path, `not a valid ${numeric}`)
    return problemAt(
      path,
      `enum value (${typeof value === 'string' ? shownValue(value).slice(1, -1) : shownValue(value)}) does not match any type in [${types.join(' ')}]`,
    )
  }
  return undefined
}

function checkLength(
  values: readonly JsonValue[],
  types: readonly MfjsType[],
  path: readonly string[],
  { limits }: Spot,
): MfjsProblem | undefined {
  if (values.length <= limits.longEnum) return undefined
  if (!types.some((type) => type === 'string' || type === 'number' || type === 'integer')) return undefined
  let bytes = 0
  for (const value of values) {
    if (typeof value === 'string' || typeof value === 'number') bytes += utf8Bytes(String(value))
  }
  if (bytes <= limits.enumBytes) return undefined
  return problemAt(
    path,
    `total string length of enum values (${bytes}) exceeds maximum limit of ${limits.enumBytes} ` +
      `characters when enum has more than ${limits.longEnum} values`,
  )
}
