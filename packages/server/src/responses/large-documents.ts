/** Values that may be larger than one document: what does not fit into it stands in parts behind it, written with it. */

import type { Documents } from '../documents/documents.ts'
import type { Document, DocumentWrite } from '../records/document.ts'
import type { JsonValue } from '../records/json-value.ts'

/**
 * UTF-16 units of JSON in one document. A unit has three bytes at most, or two where it is escaped once more as a part of a
 * text: 80,000 are less than the 256 KB that a value may have.
 */
const UNITS_OF_PART = 80_000
/** All of a value. Parts of two of these, with what stands beside them, are less than the 8 MB of one put. */
export const MOST_UNITS = 1_200_000

const KIND_OF_PARTS = 'large-part'
/** A part may end one unit early. */
const MOST_PARTS = Math.ceil(MOST_UNITS / (UNITS_OF_PART - 1))

type Head = Omit<DocumentWrite, 'value'>

/** Whether it can be kept. */
export function isKeepable(value: JsonValue): boolean {
  return JSON.stringify(value).length <= MOST_UNITS
}

/** @param version unlike any other that this document has had: parts of two are never taken for one. */
export function largeWrites(head: Head, version: string, value: JsonValue): DocumentWrite[] {
  const json = JSON.stringify(value)
  if (json.length <= UNITS_OF_PART) return [{ ...head, value: { json } }]
  if (json.length > MOST_UNITS) throw new Error(`a value of ${json.length} units is no document`)
  const parts = [...partsOf(json)]
  const { owner, createdAt, expiresAt } = head
  const ofPart = { kind: KIND_OF_PARTS, owner, label: null, createdAt, dueAt: null, expiresAt, expects: 'any' } as const
  const prefix = prefixOf(head, version)
  const writes: DocumentWrite[] = [{ ...head, value: { version, parts: parts.length } }]
  for (const [index, part] of parts.entries()) {
    writes.push({ ...ofPart, id: prefix + String(index).padStart(3, '0'), value: part })
  }
  return writes
}

/** `undefined`: a part is gone, as when all of it has expired meanwhile. */
export async function readLarge(
  documents: Pick<Documents, 'list'>,
  { kind, owner, id, value }: Document,
): Promise<JsonValue | undefined> {
  if (!isObject(value)) return undefined
  const { json, version, parts } = value
  if (typeof json === 'string') return parsed(json)
  if (typeof version !== 'string' || typeof parts !== 'number') return undefined
  const prefix = prefixOf({ kind, id }, version)
  const found = await documents.list(KIND_OF_PARTS, owner, { prefix, limit: MOST_PARTS })
  if (found.length !== parts) return undefined
  return parsed(found.map((part) => (typeof part.value === 'string' ? part.value : '')).join(''))
}

/** Half of a pair is no text that every database takes: a part ends before one. */
function* partsOf(json: string): Generator<string> {
  for (let at = 0, end = 0; at < json.length; at = end) {
    end = Math.min(at + UNITS_OF_PART, json.length)
    if (end < json.length && isHighSurrogate(json.charCodeAt(end - 1))) end -= 1
    yield json.slice(at, end)
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** What takes a value and its parts away. */
export async function largeRemovals(
  documents: Pick<Documents, 'list'>,
  { kind, owner, id }: Pick<Document, 'kind' | 'owner' | 'id'>,
): Promise<DocumentWrite[]> {
  const parts = await documents.list(KIND_OF_PARTS, owner, { prefix: `${kind}/${id}/`, limit: 2 * MOST_PARTS })
  const gone = { owner, label: null, createdAt: 0, dueAt: null, expiresAt: 0, value: null, expects: 'any' } as const
  const writes: DocumentWrite[] = [{ ...gone, kind, id }]
  for (const part of parts) writes.push({ ...gone, kind: KIND_OF_PARTS, id: part.id })
  return writes
}

function prefixOf({ kind, id }: Pick<Document, 'kind' | 'id'>, version: string): string {
  return `${kind}/${id}/${version}/`
}

function parsed(json: string): JsonValue {
  const value: JsonValue = JSON.parse(json)
  return value
}

function isObject(value: JsonValue): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
