/**
 * The tokens that no text encodes to: the model's punctuation between messages, calls, thoughts and media.
 *
 * Ids are those of the Kimi K2 family's vocabulary (163,584 ranks, then 256 slots); another vocabulary may hold the same
 * tokens at other ids. Source: `tokenizer_config.json` of the official K2.6 tokenizer, whose vocabulary K2.5 shares.
 */

export const SPECIAL_TOKENS = {
  '[BOS]': 163584,
  '[EOS]': 163585,
  '<|im_end|>': 163586,
  '<|im_user|>': 163587,
  '<|im_assistant|>': 163588,
  '<|start_header_id|>': 163590,
  '<|end_header_id|>': 163591,
  '[EOT]': 163593,
  '<|im_system|>': 163594,
  '<|tool_calls_section_begin|>': 163595,
  '<|tool_calls_section_end|>': 163596,
  '<|tool_call_begin|>': 163597,
  '<|tool_call_argument_begin|>': 163598,
  '<|tool_call_end|>': 163599,
  '<|im_middle|>': 163601,
  '<|media_begin|>': 163602,
  '<|media_content|>': 163603,
  '<|media_end|>': 163604,
  '<|media_pad|>': 163605,
  '<think>': 163606,
  '</think>': 163607,
  '[UNK]': 163838,
  '[PAD]': 163839,
} as const

export type SpecialToken = keyof typeof SPECIAL_TOKENS

/** Slots behind the ranks that have no name are called `<|reserved_token_{id}|>`. */
export const FIRST_SPECIAL_ID = 163_584
export const SPECIAL_SLOTS = 256
