/** Kimi's own format: prompts rendered to ids by `@moonbase/format`, answers steered and read as the model was taught. */

import { setImmediate } from 'node:timers/promises'
import {
  type GenerationRequest,
  PromptCount,
  type Tool,
  type TokenCounter,
  modelTokenCounter,
} from '@moonbase/core/generation'
import {
  type PromptPiece,
  type RawPlace,
  RawOutputParser,
  type RepairKind,
  type Tokenizer,
  countPieces,
  encodePieces,
  promptTokensAtMost,
  renderPrompt,
} from '@moonbase/format'
import { anyObjectGrammar, answerGrammar, argumentsGrammar } from './bounded-grammar.ts'
import { GrammarError } from './grammar/index.ts'
import { type KimiPlan, type KimiStart, KimiConstraints, type KimiConstraintsParts } from './kimi-constraints.ts'
import type { KimiVocabulary } from './kimi-vocabulary.ts'
import type { OutputReader, ChatFormat } from './chat-format.ts'

export interface KimiChatFormatParts extends KimiConstraintsParts {
  readonly onRepair: ((kind: RepairKind) => void) | undefined
}

export function kimiChatFormat(parts: KimiChatFormatParts): ChatFormat {
  const { vocabulary, onRepair } = parts
  return {
    can: {
      // llama.cpp reads images with a projector file that node-llama-cpp does not know.
      images: false,
      video: false,
      partial: true,
      resumes: { reasoning: true, toolCalls: true },
      jsonObject: true,
      jsonSchema: true,
      tools: true,
      forcedTool: true,
    },
    counter: kimiCounter(vocabulary),
    async prepare(request, limit) {
      const pieces = renderPrompt(request)
      const prompt = await encodeWithin(pieces, vocabulary, limit)
      if (prompt === undefined) return undefined
      const opening = readOpening(pieces, request)
      const plan = planOf(request, opening, vocabulary)
      return {
        prompt,
        written: 'written' in plan.start ? plan.start.written.length : 0,
        constraints: () => new KimiConstraints(plan, parts),
        reader: () => new KimiReader(request, opening.place, vocabulary, onRepair),
      }
    },
  }
}

/** Counts where the model is, a millisecond at a time: the thread beside the server has another vocabulary. */
function kimiCounter({ tokenizer }: KimiVocabulary): TokenCounter {
  const counter: TokenCounter = {
    ...modelTokenCounter(tokenizer, { exact: true, utf8Bytes }),
    bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, promptTokensAtMost(prompt, utf8Bytes)),
    countTextAside: (text) => (text.length <= LONG_PIECE ? tokenizer.count(text) : countSlowly(text, tokenizer)),
    async countPromptAside(prompt, { signal, mostTokens = Infinity } = {}) {
      let count = 0
      for (const piece of renderPrompt(prompt)) {
        count += isLong(piece) ? await countSlowly(piece.text, tokenizer, signal) : countPieces([piece], tokenizer)
        if (count > mostTokens) return promptTokensAtMost(prompt, utf8Bytes)
      }
      return count
    },
  }
  return counter
}

const utf8Bytes = (text: string): number => Buffer.byteLength(text)

async function countSlowly(text: string, tokenizer: Tokenizer, signal?: AbortSignal): Promise<number> {
  const counting = tokenizer.counting()
  counting.push(text)
  counting.end()
  while (counting.step(LONG_PIECE)) {
    await setImmediate()
    signal?.throwIfAborted()
  }
  return counting.tokens
}

/** Characters of a piece behind which others get their turn of the event loop: about a millisecond of encoding. */
const LONG_PIECE = 10_000

const isLong = (piece: PromptPiece): piece is PromptPiece & { type: 'text' } =>
  piece.type === 'text' && piece.text.length > LONG_PIECE

async function encodeWithin(
  pieces: readonly PromptPiece[],
  { tokenizer }: KimiVocabulary,
  limit: number,
): Promise<number[] | undefined> {
  const ids: number[] = []
  for (const piece of pieces) {
    for (const id of encodePieces([piece], tokenizer)) ids.push(id)
    if (ids.length > limit) return undefined
    if (isLong(piece)) await setImmediate()
  }
  return ids
}

/** How the rendered prompt leaves off: what the answer is in the middle of. */
interface Opening {
  readonly place: RawPlace
  /** Text behind the last special token. */
  readonly text: string
}

function readOpening(pieces: readonly PromptPiece[], request: GenerationRequest): Opening {
  const last = pieces.findLastIndex((piece) => piece.type === 'special')
  const token = specialAt(pieces, last)
  const text = textAt(pieces, last + 1)
  if (token === '<think>') return { place: { in: 'thought' }, text }
  if (token !== '<|tool_call_argument_begin|>') return { place: { in: 'text', begun: text !== '' }, text }
  const name = /^functions\.(.*):\d+$/s.exec(textAt(pieces, last - 1))?.[1] ?? ''
  const message = request.messages.at(-1)
  const calls = message?.role === 'assistant' ? message.toolCalls.length : 1
  return { place: { in: 'arguments', call: calls - 1, name, arguments: text }, text }
}

function specialAt(pieces: readonly PromptPiece[], index: number): string | undefined {
  const piece = pieces[index]
  return piece?.type === 'special' ? piece.token : undefined
}

function textAt(pieces: readonly PromptPiece[], index: number): string {
  const piece = pieces[index]
  return piece?.type === 'text' ? piece.text : ''
}

/** Throws a `GrammarError` for a schema that the answer has to follow and cannot. */
function planOf(request: GenerationRequest, opening: Opening, vocabulary: KimiVocabulary): KimiPlan {
  const { toolChoice, responseFormat, tools, messages } = request
  const json = responseFormat.type === 'text' ? undefined : answerGrammar(responseFormat)
  const callable = toolChoice === 'none' ? [] : tools
  const forced = toolChoice === 'required' ? true : typeof toolChoice === 'object' ? toolChoice : undefined
  if (forced !== undefined) {
    for (const tool of callable) if (forced === true || forced.name === tool.name) argumentGrammar(tool)
  }
  return {
    start: startOf(opening, json !== undefined, vocabulary),
    tools: callable.map(({ name }) => name),
    argumentsOf: (name) => lenientArgumentGrammar(tools.find((tool) => tool.name === name)),
    callsBefore: messages.reduce(
      (sum, message) => sum + (message.role === 'assistant' ? message.toolCalls.length : 0),
      0,
    ),
    ...(json === undefined ? {} : { json }),
    ...(forced === undefined ? {} : { forced }),
  }
}

/** A built-in tool declares no parameters; neither does one that is not declared at all. */
function argumentGrammar(tool: Tool | undefined): string {
  return tool?.type === 'function' ? argumentsGrammar(tool.parameters) : anyObjectGrammar()
}

/**
 * A tool whose schema no value fits, or that is too large for a grammar, may stand among others that are fine: when the
 * model calls it of its own will, its arguments are any object, and the tool has to say what is wrong with them.
 */
function lenientArgumentGrammar(tool: Tool | undefined): string {
  try {
    return argumentGrammar(tool)
  } catch (error) {
    if (error instanceof GrammarError) return anyObjectGrammar()
    throw error
  }
}

/** Only what a grammar goes on from is read again; a text without one is a prompt like any other. */
function startOf({ place, text }: Opening, json: boolean, { tokenizer }: KimiVocabulary): KimiStart {
  switch (place.in) {
    case 'thought':
      return { in: 'thought' }
    case 'arguments':
      return { in: 'arguments', name: place.name, written: tokenizer.encode(text) }
    case 'text':
    case 'calls':
      return { in: 'text', written: json ? tokenizer.encode(text) : [] }
  }
}

class KimiReader implements OutputReader {
  readonly #parser: RawOutputParser
  readonly #vocabulary: KimiVocabulary
  readonly #decoder

  constructor(
    { tools, toolChoice }: GenerationRequest,
    start: RawPlace,
    vocabulary: KimiVocabulary,
    onRepair: KimiChatFormatParts['onRepair'],
  ) {
    const mayCall = toolChoice !== 'none'
    this.#parser = new RawOutputParser({ start, tools, mayCall, ...(onRepair === undefined ? {} : { onRepair }) })
    this.#vocabulary = vocabulary
    this.#decoder = vocabulary.tokenizer.decoder()
  }

  push(id: number): ReturnType<OutputReader['push']> {
    const { tokenizer, ranks, ends } = this.#vocabulary
    if (ends.has(id)) return NOTHING
    if (id < ranks) {
      const text = this.#decoder.push(id)
      return text === '' ? NOTHING : this.#parser.pushText(text)
    }
    const held = this.#decoder.end()
    const before = held === '' ? NOTHING : this.#parser.pushText(held)
    const token = tokenizer.specialAt(id)
    return token === undefined ? before : [...before, ...this.#parser.pushSpecial(token)]
  }

  end(cut: boolean): ReturnType<OutputReader['end']> {
    const held = this.#decoder.end()
    return [...(held === '' ? NOTHING : this.#parser.pushText(held)), ...this.#parser.end(cut)]
  }
}

const NOTHING: readonly [] = []
