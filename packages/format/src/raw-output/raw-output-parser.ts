/**
 * Reads what the model writes: thought, text and tool calls with markers between them, and every known slip from that form.
 *
 * The form, by the K2.5 chat template:
 *
 *     {thought}</think>{text}<|tool_calls_section_begin|>
 *       <|tool_call_begin|>functions.{name}:{idx}<|tool_call_argument_begin|>{arguments}<|tool_call_end|> …
 *     <|tool_calls_section_end|>
 *
 * What a slip means was decided so:
 *
 * - A call is a call wherever it stands, also inside the thought, and with or without its section. vLLM (`kimi_k2.py`)
 *   and llama.cpp (`kimi-k2.cpp`) read it so; Moonshot calls its place in the reasoning a fault (Kimi-K2 issue 89).
 * - Behind the first call only calls come out. The template has no place for text behind the calls, Moonshot's stream
 *   gives all text before them, and vLLM, SGLang and SMG all drop it: mostly it is a made-up result. A section in which
 *   nothing is called changes nothing: what follows it is read as if it were not there.
 * - In a text, think markers count at its beginning only; further on they are text, because people ask about them. Inside
 *   arguments they are always text. Tool markers are never text: an answer about the format itself loses them. Only an
 *   engine that knows the ids of its tokens can tell one from the other; it uses `pushText` and `pushSpecial`.
 * - `<|im_end|>` is the end when nothing but white space, `[EOS]`, or another message, follows; else it is text.
 * - The header of the model's own message is none of a text that it stands before; within a text it is text.
 * - A name that was not declared, and arguments that are no JSON, are given out as the model wrote them: so does the API.
 *
 * A synchronous machine: `push` as often as there is more, then `end` once. How the output is cut into pieces makes no
 * difference to the joined events. What can not become a marker leaves at once; held back are at most the longest marker,
 * some white space before texts and around whole arguments, a header, an id, and the arguments of a call without a name.
 */

import type { PromptTool } from '../prompt.ts'
import type { SpecialToken } from '../special-tokens.ts'
import { AnswerReader } from './answer-reader.ts'
import { CallReader } from './call-reader.ts'
import { MarkerScanner } from './marker-scanner.ts'
import { markerOf } from './markers.ts'
import type { Channel } from './prose.ts'
import type { RawEvent, RawPlace } from './raw-event.ts'
import { RAW_OUTPUT_LIMITS, type RawOutputLimits } from './raw-output-limits.ts'
import type { RepairKind } from './repair-kind.ts'

export interface RawOutputOptions {
  /** Where the output begins: `thought` behind a prompt that ends with `<think>`. */
  readonly start: RawPlace
  /** The declared tools. They help with names the model spoiled; a call of another tool is still a call. */
  readonly tools?: readonly PromptTool[]
  /** `false`: calls are read and not given out, because the request has no tools or forbids them. */
  readonly mayCall?: boolean
  /**
   * For pieces that are pushed with a `channel`: the model thinks, so a `</think>` in a text with no thought before it
   * ends a thought that came as text.
   */
  readonly thinking?: boolean
  readonly limits?: Partial<RawOutputLimits>
  readonly onRepair?: (kind: RepairKind) => void
}

/** The scanner finds the markers in the text, the reader knows what they mean, and both are told of the end here. */
export class RawOutputParser {
  readonly #onRepair: (kind: RepairKind) => void
  readonly #calls: CallReader
  readonly #reader: AnswerReader
  readonly #scanner: MarkerScanner
  /** Events of this step. */
  #out: RawEvent[] | undefined
  #open = false

  constructor({ start, tools = [], mayCall = true, thinking = false, limits, onRepair = ignore }: RawOutputOptions) {
    const common = { start, tools, give: (event: RawEvent) => this.#give(event), onRepair }
    this.#onRepair = onRepair
    this.#calls = new CallReader({ ...common, mayCall, limits: { ...RAW_OUTPUT_LIMITS, ...limits } })
    this.#reader = new AnswerReader({ ...common, thinking, calls: this.#calls })
    this.#scanner = new MarkerScanner(this.#reader)
  }

  /** How the answer ended, unless it was cut. */
  get finish(): 'stop' | 'tool_calls' {
    return this.#calls.count > 0 ? 'tool_calls' : 'stop'
  }

  /** The answer was cut inside a call. */
  get open(): boolean {
    return this.#open
  }

  /** The end of what was pushed may still become a marker, or white space to leave out: what follows decides. */
  get holds(): boolean {
    return this.#scanner.holds || this.#reader.holds
  }

  /** Where the reading stands, as far as its events tell: another reading can start there. */
  get place(): RawPlace {
    return this.#reader.place
  }

  /**
   * More of the output as text, markers spelled out. Throws a `RawOutputLimitError`.
   *
   * @param channel what the engine that split the output says this piece is. A think marker in it is a leak of the
   * engine's or a word of the model's, not the border between thought and text.
   */
  push(text: string, channel?: Channel): RawEvent[] {
    this.#check()
    if (channel !== undefined) this.#enter(channel)
    this.#scanner.scan(text)
    return this.#take()
  }

  /** Text without markers, whatever it spells: for engines that know the ids of their tokens. */
  pushText(text: string): RawEvent[] {
    this.#check()
    this.#release()
    this.#reader.plain(text)
    return this.#take()
  }

  /** What is certainly a marker: for engines that know the ids of their tokens. */
  pushSpecial(token: SpecialToken): RawEvent[] {
    this.#check()
    this.#release()
    if (!this.#reader.mark(markerOf(token), true)) this.#reader.plain(token)
    return this.#take()
  }

  /**
   * Whether a piece of an engine's channel comes out just as it is; the piece then counts as pushed. The quick way for
   * text with which nothing is wrong.
   */
  passes(text: string, channel: Channel): boolean {
    if (this.holds || this.#calls.failure !== undefined) return false
    if (text.includes('<')) return false
    this.#enter(channel)
    return this.#reader.passes(text, channel)
  }

  /**
   * The output has ended.
   *
   * @param cut it did not end by itself: the budget ended it. A call that is open then stays as it is.
   */
  end(cut = false): RawEvent[] {
    this.#check()
    this.#settle()
    if (cut) {
      this.#open = this.#reader.inCall
      this.#reader.cutOff()
    } else this.#reader.end()
    return this.#take()
  }

  /** The engine's own parser says something that is no text: what was held back is what it is, and comes before that. */
  settle(): RawEvent[] {
    this.#check()
    if (this.#reader.inProse) this.#settle()
    return this.#take()
  }

  #check(): void {
    if (this.#calls.failure !== undefined) throw this.#calls.failure
  }

  // Nearly every step gives one event. A list of one costs less than an empty one that grows: 37 against 48 ns a step.
  #give(event: RawEvent): void {
    if (this.#out === undefined) this.#out = [event]
    else this.#out.push(event)
  }

  #take(): RawEvent[] {
    const out = this.#out
    this.#out = undefined
    return out ?? []
  }

  #enter(channel: Channel): void {
    if (channel === this.#reader.channel) return
    // Inside a call nothing ends with the channel.
    if (this.#reader.inProse) this.#settle()
    this.#reader.enter(channel)
  }

  /** The output, or the channel, has ended: what was held is what it is. */
  #settle(): void {
    this.#release()
    this.#reader.settle()
  }

  /** What is held will not become a marker. The half of a tool marker is no text either. */
  #release(): void {
    const held = this.#scanner.release()
    if (held.startsWith('<|t')) this.#onRepair('cut-marker')
    else if (held !== '') this.#reader.plain(held)
  }
}

function ignore(): void {}
