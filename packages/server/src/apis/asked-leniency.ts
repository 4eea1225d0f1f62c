/** Lenient switches that a request asks for itself, where the operator allows it. */

import { LENIENT_SWITCHES, type LenientSwitch, apiError, isLenientSwitch, shown } from '@moonbase/protocol'

const NONE: ReadonlySet<LenientSwitch> = new Set()
const NOTHING_ASKED: AskedLeniency = { on: NONE, off: NONE }

export interface AskedLeniency {
  readonly on: ReadonlySet<LenientSwitch>
  /** What is not to be let pass, although the key or the dialect would. */
  readonly off: ReadonlySet<LenientSwitch>
}

/**
 * @param header `drop-fixed-sampling, -relax-schema`; what a reply said in its header of the same name is understood, too
 * @param isAllowed asked only where there is a header; where it is not, the header does nothing
 * @throws ApiError for a name that is no switch: a slip would be a refusal with no word about why
 */
export function askedLeniency(header: string | undefined, isAllowed: () => boolean): AskedLeniency {
  if (header === undefined || !isAllowed()) return NOTHING_ASKED
  const on = new Set<LenientSwitch>()
  const off = new Set<LenientSwitch>()
  for (const item of header.split(',')) {
    const [asked = ''] = item.split(';')
    const trimmed = asked.trim()
    const name = trimmed.startsWith('-') ? trimmed.slice(1) : trimmed
    if (isLenientSwitch(name)) (name === trimmed ? on : off).add(name)
    else if (trimmed !== '') throw noSwitch(name)
  }
  return { on, off }
}

function noSwitch(name: string): Error {
  const known = Object.keys(LENIENT_SWITCHES).join(', ')
  return apiError('invalid_request', { details: `x-moonbase-lenient holds ${shown(name)}, which is none of ${known}` })
}
