/** The headers that tell what was granted to a request. */

import type { AgreedRequest } from '@moonbase/core/contract'
import type { Relaxation } from '@moonbase/protocol'
import { lenientHeader } from './lenient-header.ts'
import { printable } from './printable.ts'

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
