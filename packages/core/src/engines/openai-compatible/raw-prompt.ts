/**
 * The prompt as the model reads it, for an answer that goes on from where no chat request can: inside a thought, behind a
 * thought that must not be lost, inside a tool call or behind one.
 *
 * User text that spells a special token would become one when the engine tokenises the prompt: a user could then end his
 * own message and speak as the system. Such a prompt goes as token ids, where a tokenizer of the model is at hand, for ids
 * of plain text are never special; without one it is refused, and another engine may go on. Breaking the spelling up with
 * an invisible character was no choice: the model would read other text than before the seam, and might repeat it.
 * A prompt without such text goes as text: its tokens are the same, and nobody waits for their encoding.
 */

import {
  MissingSpecialTokenError,
  type PromptPiece,
  type RawPlace,
  SPECIAL_TOKENS,
  type Tokenizer,
  encodePieces,
  promptText,
  renderPrompt,
} from '@moonbase/format'
import { type AssistantMessage, type GenerationRequest, partialOf, textOf } from '../../generation/index.ts'
import { encodeCompletion } from './encode-completion.ts'
import type { RawAsked, RawPrompts } from './options.ts'
import { RawSplit } from './raw-split.ts'

/** @param tokenizer of the upstream's model, exactly: for prompts whose text spells special tokens */
export function rawPrompts(tokenizer?: Tokenizer): RawPrompts {
  return (request, asked) => {
    const raw = rawPromptOf(request, asked, tokenizer)
    if (raw === undefined) return undefined
    const { engine, flavour, model, onRepair } = asked
    const { prompt, place } = raw
    const { tools, toolChoice } = request
    const mayCall = tools.length > 0 && toolChoice !== 'none'
    return {
      body: encodeCompletion(request, prompt, flavour, model),
      reader: new RawSplit({ engine, place, tools, mayCall, onRepair }),
    }
  }
}

interface RawPrompt {
  readonly prompt: string | readonly number[]
  /** Where the answer goes on. */
  readonly place: RawPlace
}

/**
 * `undefined` for a request that chat messages can say. Throws an `EngineError` of kind `refused` for one that neither can:
 *
 * - Media have no place in a raw prompt: the engine's own processor puts them into messages.
 * - A JSON format in a thought: the grammar would hold inside the thought too. Behind the thought the answer goes on
 *   without a grammar, since no engine applies one to a half-written document; what is there leads the rest.
 */
function rawPromptOf(
  request: GenerationRequest,
  { can, lacks }: RawAsked,
  tokenizer: Tokenizer | undefined,
): RawPrompt | undefined {
  const partial = partialOf(request)
  if (partial === undefined) return undefined
  const place = placeOf(request, partial)
  if (place === undefined || !(place.in === 'arguments' ? can.resumes.toolCalls : can.resumes.reasoning)) {
    return undefined
  }
  if (request.messages.some(hasMedia)) {
    // The text goes on by chat, without its thought.
    if (place.in === 'text') return undefined
    throw lacks(`${WORDS[place.in]} of a conversation with media`)
  }
  if (place.in === 'thought' && request.responseFormat.type !== 'text') {
    throw lacks('going on in the thought before a JSON answer')
  }
  const pieces = renderPrompt(request)
  if (!pieces.some(spellsToken)) return { prompt: promptText(pieces), place }
  const ids = encoded(pieces, tokenizer)
  if (ids === undefined) throw lacks(`${WORDS[place.in]} of a conversation that spells special tokens`)
  return { prompt: ids, place }
}

const WORDS = {
  thought: 'going on in a thought',
  text: 'going on behind a thought',
  arguments: 'going on in a tool call',
} as const

/** Where chat messages do not reach. A prefix without a thought is what they are made for. */
function placeOf(
  { thinking }: GenerationRequest,
  { content, reasoning, toolCalls }: AssistantMessage,
): Exclude<RawPlace, { in: 'calls' }> | undefined {
  const open = toolCalls.at(-1)
  if (open !== undefined) {
    return { in: 'arguments', call: toolCalls.length - 1, name: open.name, arguments: open.arguments }
  }
  if (!thinking || reasoning === undefined) return undefined
  return textOf(content) === '' ? { in: 'thought' } : { in: 'text', begun: true }
}

function hasMedia({ content }: GenerationRequest['messages'][number]): boolean {
  return typeof content !== 'string' && content.some((part) => part.type !== 'text')
}

const SPELLED = new RegExp(
  [...Object.keys(SPECIAL_TOKENS).map((token) => token.replace(/[|[\]]/g, '\\$&')), '<\\|reserved_token_\\d+\\|>'].join(
    '|',
  ),
)

function spellsToken(piece: PromptPiece): boolean {
  return piece.type === 'text' && SPELLED.test(piece.text)
}

function encoded(pieces: readonly PromptPiece[], tokenizer: Tokenizer | undefined): readonly number[] | undefined {
  if (tokenizer === undefined) return undefined
  try {
    return encodePieces(pieces, tokenizer)
  } catch (error) {
    // A vocabulary of another family says nothing about the engine's ids.
    if (error instanceof MissingSpecialTokenError) return undefined
    throw error
  }
}
