/** The headers that tell what was granted to a request, and what any header may hold of others' words. */

import type { AgreedRequest } from '@moonbase/core/contract'
import type { Relaxation } from '@moonbase/protocol'
import { lenientHeader } from './lenient-header.ts'

export function concessionHeaders(
  decoded: readonly Relaxation[],
  { relaxations, schemaWarning }: AgreedRequest['concessions'],
): [name: string, value: string][] {
  const headers: [string, string][] = []
  const relaxed = lenientHeader([...decoded, ...relaxations])
  if (relaxed !== undefined) headers.push(['x-moonbase-lenient', relaxed])
  if (schemaWarning !== undefined) headers.push(['msh-schema-warning', printable(schemaWarning)])
  return headers
}

/** Words of an upstream or a client end up in a header: only what a header may hold. */
export function printable(text: string): string {
  return text.slice(0, MAXIMUM_HEADER_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}

const MAXIMUM_HEADER_CHARACTERS = 512
