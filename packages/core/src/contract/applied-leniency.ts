/** What a request was let pass on its way through the contract, to be said in headers of the reply. */

import type { LeniencyNote, LenientSwitch } from '@moonbase/protocol'

export interface AppliedLeniency {
  /** What the lenient switches of the key let pass. */
  readonly notes: LeniencyNote[]
  /** The first tool schema that is outside MFJS but not refused, in the platform's words. */
  schemaWarning?: string
}

/** What may pass, and where it is listed. */
export interface Passing {
  readonly lenient: ReadonlySet<LenientSwitch>
  readonly leniency: AppliedLeniency
}
