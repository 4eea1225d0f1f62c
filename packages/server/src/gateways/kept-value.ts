/** Values of documents, there and back: each is read by the folder that wrote it. */

import type { Document } from '../records/document.ts'
import type { JsonValue } from '../records/json-value.ts'

/** To be asked by whoever wrote it, for the type that he wrote. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what he wrote
export function valueOf<Value>({ value }: Pick<Document, 'value'>): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else writes documents of these kinds
  return value as unknown as Value
}

/** Plain data, which JSON says whole: an interface is none to the compiler. It is written out before anything else is done. */
export function jsonValue(value: object): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what these interfaces have is numbers, texts, lists and records
  return value as JsonValue
}
