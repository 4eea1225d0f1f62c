/** The schemas directly inside a schema, in MFJS's own positions. */
import { isJsonObject, type JsonObject } from './json.ts'

export interface SchemaChild {
  readonly keyword: 'properties' | 'items' | 'additionalProperties' | 'anyOf'
  readonly child: JsonObject
}

/** `$defs` is left out: it is no part of what a schema says. */
export function childrenOf(schema: JsonObject): SchemaChild[] {
  const { properties, items, additionalProperties, anyOf } = schema
  const children: SchemaChild[] = []
  const add = (keyword: SchemaChild['keyword'], child: unknown): void => {
    if (isJsonObject(child)) children.push({ keyword, child })
  }
  if (isJsonObject(properties)) for (const child of Object.values(properties)) add('properties', child)
  add('items', items)
  add('additionalProperties', additionalProperties)
  if (Array.isArray(anyOf)) for (const child of anyOf) add('anyOf', child)
  return children
}
