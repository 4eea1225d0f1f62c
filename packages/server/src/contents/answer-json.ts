/** What a request was answered, as it is kept: in the names of the API, whether it was streamed or not. */

import type { FinishReason, Reply, Transcript } from '@moonbase/core/generation'
import { type BoundedJson, boundedJson } from './bounded-json.ts'
import { MOST_SIDE_BYTES } from './request-content.ts'

interface AnsweredChoice {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly { readonly id?: string; readonly name: string; readonly arguments: string }[]
  readonly finish: FinishReason | null
}

export function replyJson({ choices }: Reply): BoundedJson {
  const each = choices.map(({ toolCalls: calls, ...choice }) => choiceJson({ ...choice, calls }))
  return boundedJson({ choices: each }, MOST_SIDE_BYTES)
}

/** Of several choices that were streamed, all but the first stand together: the transcript has them so. */
export function transcriptJson(transcript: Transcript, finish: FinishReason | null): BoundedJson {
  const { reasoning, text, calls, others, otherReasoning } = transcript
  const other = otherReasoning + others
  const choices = [choiceJson({ reasoning, text, calls, finish })]
  return boundedJson({ choices, ...(other === '' ? {} : { other_choices: other }) }, MOST_SIDE_BYTES)
}

/** The thought comes last: it is the longest, and the first that is cut. */
function choiceJson({ reasoning, text, calls, finish }: AnsweredChoice): object {
  return {
    finish_reason: finish,
    content: text,
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, arguments: given }, index) =>
            callJson(id ?? `${name}:${index}`, name, given),
          ),
        }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
  }
}

function callJson(id: string, name: string, given: string): object {
  return { id, function: { name, arguments: given } }
}
