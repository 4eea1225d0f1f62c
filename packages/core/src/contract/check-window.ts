/** The window: prompt and answer together must fit the model. */

import { type Model, apiError } from '@moonbase/protocol'
import type { TokenCounter } from '../generation/index.ts'

/** An approximate count is not held against a request that may well fit: it must be over by this much. */
const APPROXIMATION_MARGIN = 0.25

/** The output budget. Where the client named none, the model's default or what the window has left, if that is less. */
export function checkWindow(
  asked: number | undefined,
  promptTokens: number,
  model: Model,
  counter: Pick<TokenCounter, 'exact'>,
): number {
  const certain = counter.exact ? promptTokens : Math.floor(promptTokens * (1 - APPROXIMATION_MARGIN))
  if (certain >= model.contextLength) throw apiError('input_too_long')
  if (asked === undefined) return Math.min(model.defaultMaxTokens, model.contextLength - certain)
  if (certain + asked > model.contextLength) {
    throw apiError('window_exceeded', { limit: model.contextLength, requested: promptTokens + asked })
  }
  return asked
}
