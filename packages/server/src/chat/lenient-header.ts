/** The reply header that says what a lenient switch let pass: `drop-fixed-sampling;fields="temperature top_p"`. */

import type { LenientSwitch, Relaxation } from '@moonbase/protocol'

const MAXIMUM_CHARACTERS = 1024

/** `undefined` when nothing was relaxed. Field names come from the client, so only harmless characters are shown. */
export function lenientHeader(relaxations: readonly Relaxation[]): string | undefined {
  if (relaxations.length === 0) return undefined
  const fields = new Map<LenientSwitch, string[]>()
  for (const { switch: name, field } of relaxations) {
    const safe = field.replace(/[^\w.$-]/g, '_').slice(0, 64)
    fields.set(name, [...(fields.get(name) ?? []), safe])
  }
  return [...fields]
    .map(([name, names]) => `${name};fields="${names.join(' ')}"`)
    .join(', ')
    .slice(0, MAXIMUM_CHARACTERS)
}
