/** What is noted of a request while it is answered, for the one line that the log gets of it. No content, no keys. */

import type { Usage } from '@moonbase/core/generation'
import type { ApiError } from '@moonbase/protocol'

export interface RequestNotes {
  keyId?: string
  organisation?: string
  /** The route's pattern, never the path as it was sent. */
  route?: string
  model?: string
  streamed?: boolean
  engine?: string
  servedModel?: string
  usage?: Usage
  failure?: ApiError
}
