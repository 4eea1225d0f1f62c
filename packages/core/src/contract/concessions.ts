/** What a request was granted on its way through the contract, to be said in headers of the reply. */

import type { Relaxation } from '@moonbase/protocol'

export interface Concessions {
  /** What the lenient switches of the key let pass. */
  readonly relaxations: Relaxation[]
  /** The first tool schema that is outside MFJS but not refused, in the platform's words. */
  schemaWarning?: string
}
