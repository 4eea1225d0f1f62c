/** Lenient switches that a request asks for itself, where the operator allows it. */

import { LENIENT_SWITCHES, type LenientSwitch, apiError, isLenientSwitch, shown } from '@moonbase/protocol'

const NONE: ReadonlySet<LenientSwitch> = new Set()

/**
 * @param header `drop-fixed-sampling, relax-schema`; what a reply said in its header of the same name is understood, too
 * @param isAllowed asked only where there is a header; where it is not, the header does nothing
 * @throws ApiError for a name that is no switch: a slip would be a refusal with no word about why
 */
export function askedLeniency(header: string | undefined, isAllowed: () => boolean): ReadonlySet<LenientSwitch> {
  if (header === undefined || !isAllowed()) return NONE
  const asked = new Set<LenientSwitch>()
  for (const item of header.split(',')) {
    const [name = ''] = item.split(';')
    const trimmed = name.trim()
    if (isLenientSwitch(trimmed)) asked.add(trimmed)
    else if (trimmed !== '') throw noSwitch(trimmed)
  }
  return asked
}

function noSwitch(name: string): Error {
  const known = Object.keys(LENIENT_SWITCHES).join(', ')
  return apiError('invalid_request', { details: `x-moonbase-lenient holds ${shown(name)}, which is none of ${known}` })
}
