/** The headers that tell how an answer came about: what a request was let pass, and words that others have said. */

import type { AppliedLeniency } from '@moonbase/core/contract'
import type { LeniencyNote, LenientSwitch } from '@moonbase/protocol'

/** Fields that are named; a body may hold a million that nobody knows. */
const MAXIMUM_FIELDS = 16
const MAXIMUM_FIELD_CHARACTERS = 64
const MAXIMUM_HEADER_CHARACTERS = 512

/** @param decoded what was let pass before the contract, by the dialect */
export function leniencyHeaders(
  decoded: readonly LeniencyNote[],
  { notes, schemaWarning }: Readonly<AppliedLeniency>,
): [name: string, value: string][] {
  const headers: [string, string][] = []
  const lenient = lenientHeader([...decoded, ...notes])
  if (lenient !== undefined) headers.push(['x-moonbase-lenient', lenient])
  if (schemaWarning !== undefined) headers.push(['msh-schema-warning', printable(schemaWarning)])
  return headers
}

/** `drop-fixed-sampling;fields="temperature top_p"`. Field names come from the client, so only harmless characters are shown. */
function lenientHeader(notes: readonly LeniencyNote[]): string | undefined {
  if (notes.length === 0) return undefined
  const fields = new Map<LenientSwitch, string[]>()
  for (const { switch: name, field } of notes) {
    const names = fields.get(name) ?? []
    fields.set(name, names)
    if (names.length < MAXIMUM_FIELDS) names.push(field.slice(0, MAXIMUM_FIELD_CHARACTERS).replace(/[^\w.$-]/g, '_'))
  }
  return [...fields].map(([name, names]) => `${name};fields="${names.join(' ')}"`).join(', ')
}

/** Words of an upstream or a client that end up in a header: only what a header may hold. */
export function printable(text: string): string {
  return text.slice(0, MAXIMUM_HEADER_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}
