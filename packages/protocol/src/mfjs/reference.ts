/** What a local reference points to. */
import { isJsonObject, type JsonObject } from './json.ts'

/** The schema behind `#` or `#/$defs/name`, also deeper inside a definition; `undefined` when there is none. */
export function resolveReference(root: JsonObject, reference: string): JsonObject | undefined {
  if (reference === '#') return root
  if (!reference.startsWith('#/$defs/')) return undefined
  let current: unknown = root
  for (const name of reference.slice(2).split('/')) {
    if (!isJsonObject(current) || !Object.hasOwn(current, name)) return undefined
    current = current[name]
  }
  return isJsonObject(current) ? current : undefined
}
