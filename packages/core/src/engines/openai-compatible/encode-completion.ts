/** The body of `POST /completions`: a rendered prompt, which the engine goes on from as it stands. */

import { findModel } from '@moonbase/protocol'
import type { GenerationRequest } from '../../generation/index.ts'
import { samplingFields } from './encode-sampling.ts'
import type { Flavour } from './flavours.ts'

/**
 * Stop strings stay here: the engine would find them in thoughts and in arguments too, where they end an answer that has
 * not begun and leave JSON that nobody can parse.
 *
 * @param prompt as text, or as token ids
 * @param model its id at the upstream
 */
export function encodeCompletion(
  request: GenerationRequest,
  prompt: string | readonly number[],
  flavour: Flavour,
  model: string,
): string {
  const rules = findModel(model) ?? findModel(request.model)
  return JSON.stringify({
    ...request.extra,
    // What only a chat has.
    chat_template_kwargs: undefined,
    messages: undefined,
    tools: undefined,
    model,
    prompt,
    stream: !request.whole,
    stream_options: request.whole ? undefined : { include_usage: true },
    max_tokens: request.maxCompletionTokens,
    ...samplingFields(request, flavour, rules),
    stop: undefined,
    ...flavour.raw?.fields,
  })
}
