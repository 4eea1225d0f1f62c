/**
 * A model of another family, by the chat template that its file brings.
 *
 * The template is rendered by node-llama-cpp, which keeps the text of messages apart from the template's own tokens. What
 * depends on a family's format is not offered: tools and thoughts. JSON is, since grammars know no family.
 */

import {
  EngineError,
  type GenerationRequest,
  type Message,
  PromptCount,
  type TokenCounter,
  textOf,
} from '@moonbase/core/generation'
import type {
  ChatHistoryItem,
  JinjaTemplateChatWrapper,
  LlamaGrammarEvaluationState,
  LlamaModel,
  LlamaText,
  Token,
  TokenBias,
} from 'node-llama-cpp'
import { answerGrammar } from './bounded-grammar.ts'
import { GgufError } from './gguf-error.ts'
import type { GrammarCache } from './grammar-cache.ts'
import { tokenOf } from './llama-token.ts'
import type { LoadedModel } from './load-model.ts'
import type { GgufFile } from './read-gguf.ts'
import type { OutputEvent, OutputReader, ChatFormat } from './chat-format.ts'
import type { Move, Constraints } from './constraints.ts'

/** Throws a `GgufError` when there is no template, or one that cannot be used. */
export function ownChatFormat(file: GgufFile, { library, model }: LoadedModel, grammars: GrammarCache): ChatFormat {
  const wrapper = openTemplate(file, library, model)
  const parts: OwnParts = {
    model,
    grammars,
    anything: library.TokenBias.for(model),
    noDisguises: library.TokenBias.for(model).set(disguisedTokens(model), 'never'),
  }
  const render = (messages: readonly Message[]): Rendered => renderOwn(wrapper, messages, model, file)
  const countPrompt = ({ messages }: Pick<GenerationRequest, 'messages'>): number => render(messages).prompt.length
  const counter: TokenCounter = {
    exact: true,
    countText: (text) => model.tokenize(text, false).length,
    countTextAside: (text) => model.tokenize(text, false).length,
    countPrompt,
    // What the file's template writes around a message is known to nobody else.
    bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, Infinity),
    countPromptAside: (prompt) => Promise.resolve(countPrompt(prompt)),
  }
  return {
    can: {
      images: false,
      video: false,
      partial: true,
      resumes: { reasoning: false, toolCalls: false },
      jsonObject: true,
      jsonSchema: true,
      tools: false,
      forcedTool: false,
    },
    counter,
    prepare({ messages, responseFormat }, limit) {
      const { prompt, prefix, ends } = render(messages)
      if (prompt.length > limit) return Promise.resolve(undefined)
      const gbnf = responseFormat.type === 'text' ? undefined : answerGrammar(responseFormat)
      return Promise.resolve({
        prompt,
        written: gbnf === undefined ? 0 : prefix,
        constraints: () => new OwnConstraints(parts, ends, gbnf),
        reader: () => new OwnReader(model, ends),
      })
    },
  }
}

interface OwnParts {
  readonly model: LlamaModel
  readonly grammars: GrammarCache
  readonly anything: TokenBias
  readonly noDisguises: TokenBias
}

/** Tokens that a grammar takes for other than they are: it reads specials by their names, and what is behind a NUL not at all. */
function disguisedTokens(model: LlamaModel): Token[] {
  return Array.from(model.iterateAllTokens()).filter(
    (token) => model.isSpecialToken(token) || model.detokenize([token]).includes('\0'),
  )
}

function openTemplate(
  { path, chatTemplate }: GgufFile,
  { JinjaTemplateChatWrapper: Wrapper }: LoadedModel['library'],
  model: LlamaModel,
): JinjaTemplateChatWrapper {
  if (chatTemplate === undefined) throw new GgufError('family', `${path} brings no chat template of its own`)
  try {
    return new Wrapper({ template: chatTemplate, tokenizer: model.tokenizer, trimLeadingWhitespaceInResponses: false })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new GgufError('family', `${path} brings a chat template that cannot be rendered: ${why}`, error)
  }
}

interface Rendered {
  readonly prompt: readonly number[]
  /** So many ids at the end are the beginning of the answer. */
  readonly prefix: number
  readonly ends: ReadonlySet<number>
}

function renderOwn(
  wrapper: JinjaTemplateChatWrapper,
  messages: readonly Message[],
  model: LlamaModel,
  { title = 'gguf' }: GgufFile,
): Rendered {
  const last = messages.at(-1)
  const open = last?.role === 'assistant' && last.partial ? last : undefined
  const said = open === undefined ? messages : messages.slice(0, -1)
  const chatHistory: ChatHistoryItem[] = said.map((message) => itemOf(message, title))
  chatHistory.push({ type: 'model', response: [] })
  const { contextText, stopGenerationTriggers } = wrapper.generateContextState({ chatHistory })
  const prefix = open === undefined ? [] : model.tokenize(textOf(open.content), false)
  return {
    prompt: [...contextText.tokenize(model.tokenizer), ...prefix],
    prefix: prefix.length,
    ends: endsOf(stopGenerationTriggers, model),
  }
}

function itemOf(message: Message, engine: string): ChatHistoryItem {
  const text = textOf(message.content)
  switch (message.role) {
    case 'system':
      return { type: 'system', text }
    case 'user':
      return { type: 'user', text }
    case 'assistant':
      return { type: 'model', response: [text] }
    case 'tool':
      throw new EngineError('refused', 'knows no tools', {
        engine,
        publicMessage: 'Invalid request: this model is served without tools',
      })
  }
}

/** What ends an answer, where that is one token; every template's own end is. */
function endsOf(triggers: readonly LlamaText[], model: LlamaModel): ReadonlySet<number> {
  const ends = new Set<number>()
  for (const trigger of triggers) {
    const [token, ...others] = trigger.tokenize(model.tokenizer)
    if (token !== undefined && others.length === 0 && model.isSpecialToken(token)) ends.add(token)
  }
  return ends
}

class OwnConstraints implements Constraints {
  readonly #parts: OwnParts
  readonly #ends: ReadonlySet<number>
  readonly #gbnf: string | undefined
  #grammar: LlamaGrammarEvaluationState | undefined

  constructor(parts: OwnParts, ends: ReadonlySet<number>, gbnf: string | undefined) {
    this.#parts = parts
    this.#ends = ends
    this.#gbnf = gbnf
  }

  async begin(): Promise<Move> {
    if (this.#gbnf !== undefined) this.#grammar = await this.#parts.grammars.begin(this.#gbnf)
    return { ids: [], thought: 0 }
  }

  grammar(): LlamaGrammarEvaluationState | undefined {
    return this.#grammar
  }

  bias(): TokenBias {
    return this.#grammar === undefined ? this.#parts.anything : this.#parts.noDisguises
  }

  withoutGrammar(): void {
    this.#grammar = undefined
  }

  take(id: number): Move {
    const ends = this.#ends.has(id) || this.#parts.model.isEogToken(tokenOf(id))
    return ends ? { ids: [id], thought: 0, end: 'stop' } : { ids: [id], thought: 0 }
  }
}

/** Ids to text by llama.cpp, which knows every kind of vocabulary; a character may need several ids. */
class OwnReader implements OutputReader {
  readonly #model: LlamaModel
  readonly #ends: ReadonlySet<number>
  /** Ids whose text is not complete yet. */
  #held: Token[] = []
  #before: Token[] = []

  constructor(model: LlamaModel, ends: ReadonlySet<number>) {
    this.#model = model
    this.#ends = ends
  }

  push(id: number): readonly OutputEvent[] {
    const token = tokenOf(id)
    if (this.#ends.has(id) || this.#model.isEogToken(token)) return []
    this.#held.push(token)
    const text = this.#text()
    // A broken character stays broken after four bytes; no character has more.
    if (text.endsWith('\u{fffd}') && this.#held.length < LONGEST_CHARACTER) return []
    return this.#release(text)
  }

  end(): readonly OutputEvent[] {
    return this.#release(this.#text())
  }

  #text(): string {
    return this.#model.detokenize(this.#held, false, this.#before)
  }

  #release(text: string): readonly OutputEvent[] {
    this.#before = this.#held
    this.#held = []
    return text === '' ? [] : [{ type: 'text', text }]
  }
}

const LONGEST_CHARACTER = 4
