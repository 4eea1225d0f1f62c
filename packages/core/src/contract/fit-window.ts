/** The window: prompt and answer together must fit the model, and no engine is asked before that is known. */

import type { Model } from '@moonbase/protocol'
import { apiErrorWith } from '@moonbase/protocol/errors'
import type { CountTerms, GenerationRequest, PromptCount, TokenCounter } from '../generation/index.ts'
import type { Passing } from './applied-leniency.ts'
import type { UnfittedRequest } from './index.ts'

/** An approximate count is not held against a request that may well fit: it must be over by this much. */
const APPROXIMATION_MARGIN = 0.35

/** Windows of a model that are counted: how far beyond them a prompt is nobody needs to know, and 100 MB take seconds. */
export const WINDOWS_COUNTED = 4

export interface FittedRequest {
  readonly request: GenerationRequest
  readonly prompt: PromptCount
}

/** Tokens of the window that are left behind a prompt of so many; less than nothing where it does not fit. */
export function leftBehind(
  tokens: number,
  { exact }: Pick<TokenCounter, 'exact'>,
  { contextLength }: Pick<Model, 'contextLength'>,
): number {
  return contextLength - (exact ? tokens : Math.floor(tokens * (1 - APPROXIMATION_MARGIN)))
}

/**
 * Gives the request its output budget. Where the client named none, that is the model's default, or what the window has
 * left if that is less. The prompt is counted only where its bound might not fit.
 *
 * @param terms whose count it is, and who waits for it
 * @param passing what may pass, and where it is listed: `clamp-budget` gives what the window has left in place of more
 * @throws ApiError for a prompt or a budget that does not fit, and where too many counts wait
 */
export async function fitWindow(
  request: UnfittedRequest,
  model: Pick<Model, 'contextLength' | 'defaultMaxTokens'>,
  counter: TokenCounter,
  terms: CountTerms = {},
  passing?: Passing,
): Promise<FittedRequest> {
  const asked = request.maxCompletionTokens
  const wanted = asked ?? model.defaultMaxTokens
  const fitted = { ...request, maxCompletionTokens: wanted }
  const prompt = counter.bounded(fitted, terms)
  if (prompt.atMost + wanted <= model.contextLength) return { request: fitted, prompt }
  const tokens = await prompt.tokens(WINDOWS_COUNTED * model.contextLength)
  const left = leftBehind(tokens, counter, model)
  if (left < (asked ?? 1)) {
    if (left < 1 || passing?.lenient.has('clamp-budget') !== true) {
      // One event, one text: agents look for it in order to compact, also when the prompt alone is over.
      const field = { name: 'messages', value: tokens, allowed: model.contextLength }
      const parameters = { limit: model.contextLength, requested: tokens + wanted }
      throw apiErrorWith('window_exceeded', left < 1 ? { field } : { field, switch: 'clamp-budget' }, parameters)
    }
    passing.leniency.notes.push({ switch: 'clamp-budget', field: 'max_completion_tokens' })
  }
  return { request: { ...fitted, maxCompletionTokens: Math.min(wanted, left) }, prompt }
}
