/** `enum`: how many values, and whether each is of the type that stands beside it. */
import type { JsonObject, JsonValue } from './json.ts'
import { typesOf } from './check-type.ts'
import { utf8Bytes } from './measure-schema.ts'
import { isOfType, type MfjsType } from './mfjs-keywords.ts'
import { goText } from './go-text.ts'
import { type MfjsProblem, problemAt } from './mfjs-problem.ts'
import { lostPath, type Spot } from './spot.ts'

export function checkEnum(value: JsonValue, schema: JsonObject, spot: Spot): MfjsProblem | undefined {
  const path = [...spot.path, 'enum']
  if (!Array.isArray(value)) return problemAt(path, 'enum must be an array')
  if (value.length === 0) return problemAt(path, 'enum array cannot be empty')
  const most = spot.limits.enumValues
  if (value.length > most) return problemAt(path, `enum array cannot have more than ${most} items`)
  const { type } = schema
  const lost = lostPath(spot, 'enum')
  if (lost !== undefined) return lost
  if (type === undefined) return problemAt(spot.path, 'type is not defined')
  if (typeof type !== 'string' && !Array.isArray(type)) return problemAt(spot.path, 'invalid type value')
  const types = typesOf(schema)
  return checkPair(types, spot) ?? checkValues(value, types, path) ?? checkLength(value, types, path, spot)
}

function checkPair(types: readonly MfjsType[], spot: Spot): MfjsProblem | undefined {
  if (types.length < 2) return undefined
  if (types.length > 2 || !types.includes('null')) {
    return problemAt(
      spot.path,
      'when type is array and enum is specified, currently only 2 types are supported, ' +
        'one must be null, and the other can be string/integer/number/boolean',
    )
  }
  return types.every((type) => type === 'null')
    ? problemAt(spot.path, 'invalid type combination with enum:  + null')
    : undefined
}

function checkValues(
  values: readonly JsonValue[],
  types: readonly MfjsType[],
  path: readonly string[],
): MfjsProblem | undefined {
  for (const value of values) {
    const problem = checkValue(value, types)
    if (problem !== undefined) return problemAt(path, problem)
  }
  return undefined
}

/** The types are tried in their order, and a numeric one that does not fit is the end of it: `null` must stand first. */
function checkValue(value: JsonValue, types: readonly MfjsType[]): string | undefined {
  for (const type of types) {
    if (isOfType(value, type)) return undefined
    if (type === 'number' || type === 'integer') return `not a valid ${type}`
  }
  return `enum value (${goText(value)}) does not match any type in [${types.join(' ')}]`
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
    if (typeof value === 'string') bytes += utf8Bytes(value)
    else if (typeof value === 'number') bytes += goText(value).length
  }
  if (bytes <= limits.enumBytes) return undefined
  return problemAt(
    path,
    `total string length of enum values (${bytes}) exceeds maximum limit of ${limits.enumBytes} ` +
      `characters when enum has more than ${limits.longEnum} values`,
  )
}
