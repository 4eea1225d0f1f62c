/** What a request was answered, as it is kept: in the names of the API, whether it was streamed or not. */

import type { Reply, ReplyChoice } from '@moonbase/core/generation'
import { type BoundedJson, boundedJson } from './bounded-json.ts'
import { MOST_SIDE_BYTES } from './request-content.ts'

/** @param finished choices that came to their end; of the others something is missing */
export function answerJson({ choices }: Reply, finished: ReadonlySet<number>): BoundedJson {
  const each = choices.map((choice, index) => choiceJson(choice, finished.has(index)))
  return boundedJson({ choices: each }, MOST_SIDE_BYTES)
}

/** The thought comes last: it is the longest, and the first that is cut. */
function choiceJson({ text, reasoning, toolCalls, finish }: ReplyChoice, isFinished: boolean): object {
  return {
    finish_reason: isFinished ? finish : null,
    content: text,
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: given }, index) =>
            callJson(id ?? `${name}:${index}`, name, given),
          ),
        }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
  }
}

function callJson(id: string, name: string, given: string): object {
  return { id, function: { name, arguments: given } }
}
