/** The words with which upstreams end a choice, and what each of them means. */

import type { FinishReason } from '../../generation/index.ts'

/**
 * `cut` is a word that says the answer was broken off. A word that is not in the table stays `undefined`: nobody can
 * say whether such an answer is whole, so it may not pass for one.
 */
export function readFinishWord(word: string): FinishReason | 'cut' | undefined {
  return WORDS.get(word)
}

const WORDS: ReadonlyMap<string, FinishReason | 'cut'> = new Map<string, FinishReason | 'cut'>([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['content_filter', 'content_filter'],
  // Older OpenAI, Anthropic, text-generation-inference, Mistral, Zhipu.
  ['function_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['sensitive', 'content_filter'],
  // SGLang and vLLM when a request is taken from the engine; DeepSeek and Zhipu when the machine gives up.
  ['abort', 'cut'],
  ['error', 'cut'],
  ['insufficient_system_resource', 'cut'],
  ['network_error', 'cut'],
])
