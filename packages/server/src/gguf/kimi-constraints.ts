/**
 * The form of Kimi's answers as a machine over tokens: thought, then text or JSON or calls of tools.
 *
 * What is certain is written, not sampled: `<|tool_call_begin|>` behind the section's begin, the part of a call's id that
 * all tools share, `<|tool_call_argument_begin|>`. What must be exact is sampled under a grammar: the name of a tool, the
 * arguments by the tool's schema, a JSON answer. Everything else is the model's own.
 *
 * Where a grammar is complete llama.cpp lets only tokens pass that end the generation; in arguments such a token stands
 * for `<|tool_call_end|>`. That token itself cannot be in the grammar, since its text would pass for a part of a string.
 */

import type { LlamaGrammarEvaluationState, TokenBias } from 'node-llama-cpp'
import { CallHeader, headerChoices, tokenRule } from './call-header.ts'
import type { GrammarCache } from './grammar-cache.ts'
import type { KimiVocabulary } from './kimi-vocabulary.ts'
import type { SamplingMasks } from './sampling-masks.ts'
import type { Move, Constraints } from './constraints.ts'
import { type Utf8Pending, pendingAfter } from './utf8-gate.ts'

export interface KimiPlan {
  /** Where the prompt leaves off. */
  readonly start: KimiStart
  /** Names of the tools that may be called. */
  readonly tools: readonly string[]
  /** The grammar of a tool's arguments. */
  readonly argumentsOf: (tool: string) => string
  /** At least one call comes before anything else: of any of the tools, or of this one and no other. */
  readonly forced?: true | { readonly name: string }
  /** The grammar of the answer's text. */
  readonly json?: string
  /** Calls in the conversation so far; the next one is numbered so. */
  readonly callsBefore: number
}

export type KimiStart =
  | { readonly in: 'thought' }
  /** `written`: ids of the text that is already there, to be read again under the grammar. */
  | { readonly in: 'text'; readonly written: readonly number[] }
  | { readonly in: 'arguments'; readonly name: string; readonly written: readonly number[] }

export interface KimiConstraintsParts {
  readonly vocabulary: KimiVocabulary
  readonly masks: SamplingMasks
  readonly grammars: GrammarCache
}

/** One answer makes no more calls; behind the last the section is closed. */
const MAXIMUM_CALLS = 128

type State =
  | { readonly in: 'thought' }
  | { readonly in: 'text' }
  | {
      readonly in: 'json'
      readonly grammar: LlamaGrammarEvaluationState
      /** Nothing of it is written yet, so calls may come in its place. */
      readonly open: boolean
      readonly pending: Utf8Pending
    }
  | { readonly in: 'header'; readonly header: CallHeader; readonly grammar: LlamaGrammarEvaluationState }
  | { readonly in: 'arguments'; readonly grammar: LlamaGrammarEvaluationState; readonly pending: Utf8Pending }
  /** Of a prefix that does not follow the grammar. */
  | { readonly in: 'loose-arguments' }
  | { readonly in: 'gap'; readonly grammar: LlamaGrammarEvaluationState }

export class KimiConstraints implements Constraints {
  readonly #plan: KimiPlan
  readonly #parts: KimiConstraintsParts
  readonly #ids: Record<
    'endThought' | 'sectionBegin' | 'sectionEnd' | 'callBegin' | 'argumentBegin' | 'callEnd',
    number
  >
  #state: State = { in: 'text' }
  /** Calls begun in this answer. */
  #calls = 0

  constructor(plan: KimiPlan, parts: KimiConstraintsParts) {
    this.#plan = plan
    this.#parts = parts
    const { vocabulary } = parts
    this.#ids = {
      endThought: vocabulary.id('</think>'),
      sectionBegin: vocabulary.id('<|tool_calls_section_begin|>'),
      sectionEnd: vocabulary.id('<|tool_calls_section_end|>'),
      callBegin: vocabulary.id('<|tool_call_begin|>'),
      argumentBegin: vocabulary.id('<|tool_call_argument_begin|>'),
      callEnd: vocabulary.id('<|tool_call_end|>'),
    }
  }

  async begin(): Promise<Move> {
    const { start } = this.#plan
    switch (start.in) {
      case 'thought':
        this.#state = { in: 'thought' }
        return move([])
      case 'text':
        return this.#beginAnswer([], start.written.length === 0)
      case 'arguments':
        return this.#beginArguments([], start.name)
    }
  }

  grammar(): LlamaGrammarEvaluationState | undefined {
    return 'grammar' in this.#state ? this.#state.grammar : undefined
  }

  bias(): TokenBias {
    const { masks } = this.#parts
    const mayCall = this.#plan.tools.length > 0
    switch (this.#state.in) {
      case 'thought':
        return mayCall ? masks.thoughtOrCalls : masks.thought
      case 'text':
        return mayCall ? masks.textOrCalls : masks.text
      case 'json':
        return this.#state.open ? masks.jsonOrCalls : masks.json(this.#state.pending)
      case 'arguments':
        return masks.json(this.#state.pending)
      case 'loose-arguments':
        return masks.looseArguments
      case 'header':
      case 'gap':
        return masks.nothing
    }
  }

  take(id: number): Move | Promise<Move> {
    const state = this.#state
    switch (state.in) {
      case 'thought':
        return this.#takeThought(id)
      case 'text':
        if (this.#beginsCalls(id)) return this.#beginCalls([])
        return move([id], this.#ends(id) ? 'stop' : undefined)
      case 'json':
        if (this.#ends(id)) return move([id], 'stop')
        if (state.open && this.#beginsCalls(id)) return this.#beginCalls([])
        this.#state = { ...state, open: false, pending: this.#pendingAfter(id) }
        return move([id])
      case 'header':
        state.header.take(id)
        return this.#continueHeader([id], state.header)
      case 'arguments':
        if (this.#ends(id)) return this.#endCall()
        this.#state = { ...state, pending: this.#pendingAfter(id) }
        return move([id])
      case 'loose-arguments':
        return this.#ends(id) || id === this.#ids.callEnd ? this.#endCall() : move([id])
      case 'gap':
        return id === this.#ids.callBegin ? this.#beginCall([]) : move([id], 'tool_calls')
    }
  }

  withoutGrammar(): void {
    this.#state = { in: this.#state.in === 'arguments' ? 'loose-arguments' : 'text' }
  }

  /** What was promised for the answer holds also when the model ends, or calls a tool, before its thought is closed. */
  #takeThought(id: number): Move | Promise<Move> {
    const { endThought } = this.#ids
    if (id === endThought) return this.#beginAnswer([endThought], true)
    if (this.#beginsCalls(id)) return this.#beginCalls([endThought])
    if (!this.#ends(id)) return { ids: [id], thought: 1 }
    const promised = this.#plan.forced !== undefined || this.#plan.json !== undefined
    return promised ? this.#beginAnswer([endThought], true) : move([id], 'stop')
  }

  async #beginAnswer(before: readonly number[], empty: boolean): Promise<Move> {
    const { forced, json, tools } = this.#plan
    if (forced !== undefined) return this.#beginCalls(before)
    if (json === undefined) {
      this.#state = { in: 'text' }
      return move(before)
    }
    const orCalls = empty && tools.length > 0
    // The rule is one more way to begin: it ends where the section begins, and this machine goes on.
    const gbnf = orCalls
      ? `${json}\nanswer ::= root | ${tokenRule(this.#ids.sectionBegin)} | ${tokenRule(this.#ids.callBegin)}`
      : json
    const grammar = await this.#parts.grammars.begin(gbnf, orCalls ? 'answer' : 'root')
    this.#state = { in: 'json', grammar, open: orCalls, pending: 'free' }
    return move(before)
  }

  #beginCalls(before: readonly number[]): Promise<Move> {
    return this.#beginCall([...before, this.#ids.sectionBegin])
  }

  #beginCall(before: readonly number[]): Promise<Move> {
    const { forced, tools, callsBefore } = this.#plan
    const names = typeof forced === 'object' ? [forced.name] : tools
    const { tokenizer } = this.#parts.vocabulary
    const choices = headerChoices(names, callsBefore + this.#calls, tokenizer, this.#ids.argumentBegin)
    this.#calls += 1
    return this.#continueHeader([...before, this.#ids.callBegin], new CallHeader(choices))
  }

  async #continueHeader(before: readonly number[], header: CallHeader): Promise<Move> {
    const ids = [...before, ...header.certain()]
    const { name } = header
    if (name !== undefined) return this.#beginArguments(ids, name)
    this.#state = { in: 'header', header, grammar: await this.#parts.grammars.begin(header.grammar()) }
    return move(ids)
  }

  async #beginArguments(before: readonly number[], name: string): Promise<Move> {
    const grammar = await this.#parts.grammars.begin(this.#plan.argumentsOf(name))
    this.#state = { in: 'arguments', grammar, pending: 'free' }
    return move(before)
  }

  async #endCall(): Promise<Move> {
    const { callEnd, sectionEnd, callBegin } = this.#ids
    const last = typeof this.#plan.forced === 'object' || this.#calls >= MAXIMUM_CALLS
    if (last) return move([callEnd, sectionEnd], 'tool_calls')
    const grammar = await this.#parts.grammars.begin(`root ::= ${tokenRule(callBegin)} | ${tokenRule(sectionEnd)}`)
    this.#state = { in: 'gap', grammar }
    return move([callEnd])
  }

  #beginsCalls(id: number): boolean {
    return this.#plan.tools.length > 0 && (id === this.#ids.sectionBegin || id === this.#ids.callBegin)
  }

  #ends(id: number): boolean {
    return this.#parts.vocabulary.ends.has(id)
  }

  #pendingAfter(id: number): Utf8Pending {
    return pendingAfter(this.#parts.vocabulary.bytesOf(id))
  }
}

function move(ids: readonly number[], end?: 'stop' | 'tool_calls'): Move {
  return { ids, thought: 0, ...(end === undefined ? {} : { end }) }
}
