/** The vocabulary of a Kimi model as its GGUF file holds it, and how to tell that the file holds one. */

import { SPECIAL_TOKENS, type SpecialToken, type Tokenizer, bpeTokenizer, vocabularyOf } from '@moonbase/format'
import type { LlamaModel } from 'node-llama-cpp'
import { GgufError } from './gguf-error.ts'
import type { GgufFile } from './read-gguf.ts'
import { bytesOfToken } from './token-bytes.ts'

export interface KimiVocabulary {
  readonly tokenizer: Tokenizer
  /** Ids below are pieces of text; those from here on are special, or unused. */
  readonly ranks: number
  /** Every id from `ranks` on, named or not. */
  readonly specialIds: readonly number[]
  /** Ids that end an answer, `<|im_end|>` first among them. */
  readonly ends: ReadonlySet<number>
  id(token: SpecialToken): number
  /** None for a special token. */
  bytesOf(id: number): Uint8Array
}

/** The architecture that llama.cpp gives Kimi K2 models: DeepSeek V3's. */
const ARCHITECTURE = 'deepseek2'

/** What the template writes and what answers are made of. Media tokens are missing in K2-Thinking, and need not be here. */
const NEEDED: readonly SpecialToken[] = [
  '<|im_user|>',
  '<|im_assistant|>',
  '<|im_system|>',
  '<|im_middle|>',
  '<|im_end|>',
  '<think>',
  '</think>',
  '<|tool_calls_section_begin|>',
  '<|tool_calls_section_end|>',
  '<|tool_call_begin|>',
  '<|tool_call_argument_begin|>',
  '<|tool_call_end|>',
]

/** `GgufMetadataTokenizerTokenType.normal`, by the number of the format. */
const NORMAL = 1

/** Throws a `GgufError` of kind `family` for a model that was not taught Kimi's format. */
export function readKimiVocabulary(file: GgufFile): Omit<KimiVocabulary, 'ends'> {
  const { architecture, tokens, tokenTypes } = file
  if (architecture !== ARCHITECTURE) {
    throw notKimi(file, `its architecture is ${architecture}, and Kimi K2's is ${ARCHITECTURE}`)
  }
  const firstSpecial = tokenTypes.findIndex((type) => type !== NORMAL)
  const ranks = firstSpecial === -1 ? tokens.length : firstSpecial
  const specials = new Map<SpecialToken, number>()
  for (let id = ranks; id < tokens.length; id += 1) {
    const name = tokens[id]
    if (isSpecialName(name)) specials.set(name, id)
  }
  const missing = NEEDED.filter((name) => !specials.has(name))
  if (missing.length > 0) throw notKimi(file, `its vocabulary lacks ${missing.join(', ')}`)
  const bytes = tokens.slice(0, ranks).map((token) => {
    const found = bytesOfToken(token)
    if (found === undefined) throw notKimi(file, 'its vocabulary is no byte-level BPE')
    return found
  })
  const table = vocabularyIn(file, bytes, specials)
  const specialIds = Array.from({ length: tokens.length - ranks }, (_, index) => ranks + index)
  return {
    tokenizer: bpeTokenizer(table),
    ranks,
    specialIds,
    id(token) {
      const id = specials.get(token)
      if (id === undefined) throw new RangeError(`this model has no token ${token}`)
      return id
    },
    bytesOf: (id) => table.tokens.bytesOf(id),
  }
}

/** With what llama.cpp knows: the ends of an answer, and whether both read the vocabulary alike. */
export function checkedVocabulary(
  file: GgufFile,
  vocabulary: Omit<KimiVocabulary, 'ends'>,
  model: LlamaModel,
): KimiVocabulary {
  const { tokenizer } = vocabulary
  const own = tokenizer.encode(PROBE)
  const theirs: readonly number[] = model.tokenize(PROBE, false)
  if (own.length !== theirs.length || own.some((id, index) => id !== theirs[index])) {
    throw new GgufError(
      'broken',
      `${file.path}: its merges do not follow from its vocabulary, as they do in every conversion of Kimi; ` +
        'tokens would be counted and prompts be rendered wrongly. Convert it again',
    )
  }
  const ends = new Set([vocabulary.id('<|im_end|>')])
  for (const token of model.iterateAllTokens()) if (model.isEogToken(token)) ends.add(token)
  return { ...vocabulary, ends }
}

/** Words, numbers, marks and white space in several scripts, so that a wrong rank or a wrong cut shows. */
const PROBE =
  'Hello, world! It\'s 2026-01-27 and 12345 tests;\n\n  again\tНа Луне 你好，世界 — été 🌙 {"a": [1.5, null]}'

function vocabularyIn(file: GgufFile, bytes: readonly Uint8Array[], specials: ReadonlyMap<SpecialToken, number>) {
  try {
    return vocabularyOf(bytes, specials)
  } catch (error) {
    throw new GgufError('broken', `${file.path} has a broken vocabulary: ${String(error)}`, error)
  }
}

function notKimi({ path, title }: GgufFile, why: string): GgufError {
  const named = title === undefined ? path : `${path} (${title})`
  return new GgufError(
    'family',
    `${named} is not a model of Kimi's family: ${why}. To serve it with the chat template it brings, without tools, ` +
      'set "template: own"',
  )
}

function isSpecialName(name: string | undefined): name is SpecialToken {
  return name !== undefined && Object.hasOwn(SPECIAL_TOKENS, name)
}
