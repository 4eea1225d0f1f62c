/** What is noted of an exchange while it is answered, for its line in the log and for the metrics. No content, no keys. */

import type { RunFacts } from '@moonbase/core/inference'
import type { ApiError, LenientSwitch } from '@moonbase/protocol'

export interface ExchangeNotes {
  /** The API's name. */
  api?: string
  /** Whose API that is, as the GenAI conventions name providers. */
  provider?: string
  /** The route's pattern, never the path as it was sent. */
  route?: string
  keyId?: string
  organisation?: string
  /** The model that is asked or asked about, by catalogue id. */
  model?: string
  /** Of a request for an answer: whether it is to be streamed. */
  streamed?: boolean
  /** What may pass for it. */
  lenient?: ReadonlySet<LenientSwitch>
  /** How the operator lets pass what was refused; once for each key. */
  hint?: string
  /** HTTP status of the reply. */
  status?: number
  /** Of an answer that has begun. */
  failure?: ApiError
  /** What was run for it, in the order in which the runs began. */
  runs?: RunFacts[]
}
