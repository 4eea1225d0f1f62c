/** The reply header that says what a lenient switch let pass: `drop-fixed-sampling;fields="temperature top_p"`. */

import type { LenientSwitch, Relaxation } from '@moonbase/protocol'

/** Fields that are named; a body may hold a million that nobody knows. */
const MAXIMUM_FIELDS = 16

/** `undefined` when nothing was relaxed. Field names come from the client, so only harmless characters are shown. */
export function lenientHeader(relaxations: readonly Relaxation[]): string | undefined {
  if (relaxations.length === 0) return undefined
  const fields = new Map<LenientSwitch, string[]>()
  for (const { switch: name, field } of relaxations) {
    const names = fields.get(name) ?? []
    fields.set(name, names)
    if (names.length < MAXIMUM_FIELDS) names.push(field.slice(0, 64).replace(/[^\w.$-]/g, '_'))
  }
  return [...fields].map(([name, names]) => `${name};fields="${names.join(' ')}"`).join(', ')
}
