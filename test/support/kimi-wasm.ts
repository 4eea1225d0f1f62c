/** The model's own tokenizer for comparison: the `tiktoken` package in WASM, with the pattern as the model's code has it. */

import { SPECIAL_TOKENS } from '@moonbase/format'
import { Tiktoken } from 'tiktoken'

/** Source: `tokenization_kimi.py` of the official tokenizer. */
const PATTERN = [
  String.raw`[\p{Han}]+`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
  String.raw`\p{N}{1,3}`,
  String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`,
  String.raw`\s*[\r\n]+`,
  String.raw`\s+(?!\S)`,
  String.raw`\s+`,
].join('|')

/** Splits and merges only: the cuts of long texts are made around it, in Python. To be freed by the caller. */
export function kimiWasm(vocabulary: Uint8Array): Tiktoken {
  return new Tiktoken(new TextDecoder('latin1').decode(vocabulary), SPECIAL_TOKENS, PATTERN)
}
