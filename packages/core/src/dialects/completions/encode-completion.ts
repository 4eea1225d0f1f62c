/** From events and replies to `text_completion` objects, whole and in pieces. */

import { type ApiError, SSE_DONE, encodeSseData } from '@moonbase/protocol'
import type { FinishReason, GenerationEvent, Reply, ReportedUsage } from '../../generation/index.ts'
import type { ReplyHead, StreamEncoder } from '../dialect.ts'

/** Tools are never offered here, so none is called. */
type CompletionFinish = 'stop' | 'length' | 'content_filter'

export function completionOf(head: ReplyHead, { choices, usage }: Reply): object {
  return {
    ...headOf(head),
    choices: choices.map(({ text, finish }, index) => ({
      text,
      index,
      logprobs: null,
      finish_reason: finishOf(finish),
    })),
    usage: usageOf(usage),
  }
}

/** A stream that failed never sees `end`, and so never a `[DONE]`. */
export class CompletionEncoder implements StreamEncoder {
  readonly #head: ReplyHead
  readonly #includeUsage: boolean
  readonly #finished: { readonly choice: number; readonly reason: FinishReason }[] = []
  #usage: ReportedUsage | undefined

  constructor(head: ReplyHead, includeUsage: boolean) {
    this.#head = head
    this.#includeUsage = includeUsage
  }

  push(event: GenerationEvent): string {
    switch (event.type) {
      case 'text':
        return this.#chunk([{ text: event.text, index: event.choice, logprobs: null, finish_reason: null }])
      case 'finish':
        this.#finished.push(event)
        return ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'start':
      case 'reasoning':
      case 'tool-call':
      case 'server-tool':
        return ''
    }
  }

  end(): string {
    let text = ''
    for (const { choice, reason } of this.#finished) {
      text += this.#chunk([{ text: '', index: choice, logprobs: null, finish_reason: finishOf(reason) }])
    }
    if (this.#includeUsage && this.#usage !== undefined) text += this.#chunk([], usageOf(this.#usage))
    return text + SSE_DONE
  }

  fail(error: ApiError): string {
    return failureEventOf(error)
  }

  #chunk(choices: readonly object[], usage?: object): string {
    return encodeSseData(JSON.stringify({ ...headOf(this.#head), choices, ...(usage === undefined ? {} : { usage }) }))
  }
}

/** In OpenAI's form, whose clients read `param` and `code` as well. */
export function openAiErrorOf({ publicMessage, type }: ApiError): object {
  return { error: { message: publicMessage, type, param: null, code: null } }
}

export function failureEventOf(error: ApiError): string {
  return encodeSseData(JSON.stringify(openAiErrorOf(error)))
}

function headOf({ requestId, created, model, fingerprint }: ReplyHead): object {
  const id = `cmpl-${requestId.replaceAll('-', '')}`
  return { id, object: 'text_completion', created, model, system_fingerprint: fingerprint }
}

function finishOf(reason: FinishReason): CompletionFinish {
  return reason === 'tool_calls' ? 'stop' : reason
}

function usageOf({ prompt, completion, cached }: ReportedUsage): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  }
}
