/** What the wires of this family have each of their own: the same chat completion, in small things another. */

import type { ApiError, LenientSwitch } from '@moonbase/protocol'
import type { ReplyHead } from '../dialect.ts'

export interface ChatForm {
  /** Of a reply and of each of its chunks. */
  readonly id: (head: ReplyHead) => string
  /** What a whole message says for its text where it has calls and no text. */
  readonly textBesideCalls: '' | null
  /** Whether ids of calls are unique in a conversation, and not in their answer alone (`unique-call-ids`). Absent: they are not. */
  readonly uniqueCallIds?: true
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

/** The same where a request asks for another thing than its wire has. */
export function formAsked(form: ChatForm, lenient: ReadonlySet<LenientSwitch>): ChatForm {
  return lenient.has('unique-call-ids') ? { ...form, uniqueCallIds: true } : form
}
