/** What the wires of this family have each of their own: the same chat completion, in small things another. */

import type { ApiError } from '@moonbase/protocol'
import type { ReplyHead } from '../dialect.ts'

export interface ChatForm {
  /** Of a reply and of each of its chunks. */
  readonly id: (head: ReplyHead) => string
  /** What a whole message says for its text where it has calls and no text. */
  readonly textBesideCalls: '' | null
  /** Calls of a whole reply say their place too, as those of a stream do anyway. */
  readonly indexedCalls: boolean
  /** Chunks name what served them. */
  readonly fingerprint: boolean
  /** The chunk that finishes a choice holds the usage, whether it was asked for or not. */
  readonly usageAtFinish: boolean
  /** The last of these chunks holds it beside its choices, where no chunk of its own was asked for. */
  readonly usageBesideFinish?: boolean
  /** The body of an error behind the first byte. */
  readonly failure: (error: ApiError) => unknown
}
