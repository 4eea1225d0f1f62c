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
 * - `<|im_end|>` is the end when nothing but white space, or another message, follows; else it is text.
 * - A name that was not declared, and arguments that are no JSON, are given out as the model wrote them: so does the API.
 *
 * A synchronous machine: `push` as often as there is more, then `end` once. How the output is cut into pieces makes no
 * difference to the joined events. What can not become a marker leaves at once; held back are at most the longest marker,
 * some white space around texts and arguments, an id, and the arguments of a call without a name.
 */

import type { PromptTool } from '../prompt.ts'
import type { SpecialToken } from '../special-tokens.ts'
import { nameInId } from './call-name.ts'
import { CallReader } from './call-reader.ts'
import { CALL_MARKERS, type Marker, PLAIN_MARKERS, markerAt, markerOf } from './markers.ts'
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

type State =
  | 'thought'
  | 'text'
  /** In a section outside of a call, or behind a call. */
  | 'gap'
  /** Behind `<|tool_call_begin|>`. */
  | 'id'
  | 'arguments'
  | 'ended'

/** White space at the beginning of a text is held up to so many characters: before a call it is none of the answer's. */
const HELD_BLANK = 64
/** `<|im_end|>` and the white space behind it are held up to so many characters. */
const HELD_ENDING = 74
/** An id is at most so long; the rest of a longer one is dropped. */
const ID_CHARACTERS = 256
/** How much of what was said is remembered, for an id whose `<|tool_call_begin|>` is missing. */
const TAIL_CHARACTERS = 128
/** The remembered text grows to this before it is cut back, so that cutting costs nothing for each piece. */
const TAIL_GROWTH = 4096

const ID_IN_TAIL = /(?:functions\.)?[\w.$-]+:\d+\s*$/

export class RawOutputParser {
  readonly #tools: readonly PromptTool[]
  readonly #onRepair: (kind: RepairKind) => void

  #state: State
  #out: RawEvent[] = []

  /** What an engine that splits by itself says its text is; `undefined` for one that does not. */
  #channel: 'reasoning' | 'text' | undefined
  /** Such an engine has given reasoning. */
  #reasoned = false
  /** A `</think>` in the text is the end of a thought that came as text. */
  #thoughtMayEnd: boolean

  /** The end of the text so far that could still become a marker: a proper prefix of one. */
  #held = ''
  /** A marker that counts only if nothing but white space follows, with that white space; empty when there is none. */
  #ending = ''
  /** White space at the beginning of a text that has nothing else yet. */
  #blank = ''
  /** This text or thought has more than white space. */
  #begun = false
  /** The end of what was said outside of calls, and sometimes more. */
  #tail = ''

  /** Where reading goes on after a section without a call. */
  #resume: 'thought' | 'text' = 'text'
  #sectionOpen = false
  /** What stands in a section before the first call, while it could still be an id. */
  #gap = ''
  /** The slip of having text here was counted. */
  #gapCounted = false
  /** What stands behind `<|tool_call_begin|>`. */
  #id = ''
  readonly #calls: CallReader
  #open = false

  constructor({ start, tools, mayCall, thinking, limits, onRepair }: RawOutputOptions) {
    this.#tools = tools ?? []
    this.#thoughtMayEnd = thinking ?? false
    this.#onRepair = onRepair ?? ((): void => {})
    this.#calls = new CallReader({
      start,
      tools: this.#tools,
      mayCall: mayCall ?? true,
      limits: { ...RAW_OUTPUT_LIMITS, ...limits },
      give: (event) => this.#out.push(event),
      onRepair: this.#onRepair,
    })
    this.#state = start.in === 'calls' ? 'gap' : start.in
    // Where calls were made, a section was begun.
    this.#sectionOpen = start.in === 'calls' || start.in === 'arguments'
    if (start.in === 'text') this.#begun = start.begun ?? false
  }

  /** How the answer ended, unless it was cut. */
  get finish(): 'stop' | 'tool_calls' {
    return this.#calls.count > 0 ? 'tool_calls' : 'stop'
  }

  /** The answer was cut inside a call. */
  get open(): boolean {
    return this.#open
  }

  /** Where the reading stands, as far as its events tell: another reading can start there. */
  get place(): RawPlace {
    const calls = this.#calls.place
    if (calls !== undefined) return calls
    const plain = this.#state === 'thought' || this.#state === 'text' ? this.#state : this.#resume
    return plain === 'thought' ? { in: 'thought' } : { in: 'text', begun: this.#begun }
  }

  /**
   * More of the output as text, markers spelled out. Throws a `RawOutputLimitError`.
   *
   * @param channel what the engine that split the output says this piece is. A think marker in it is a leak of the
   * engine's or a word of the model's, not the border between thought and text.
   */
  push(text: string, channel?: 'reasoning' | 'text'): RawEvent[] {
    this.#check()
    if (channel !== undefined) this.#enter(channel)
    this.#scan(text)
    return this.#take()
  }

  /** Text without markers, whatever it spells: for engines that know the ids of their tokens. */
  pushText(text: string): RawEvent[] {
    this.#check()
    this.#release()
    this.#plain(text)
    return this.#take()
  }

  /** What is certainly a marker: for engines that know the ids of their tokens. */
  pushSpecial(token: SpecialToken): RawEvent[] {
    this.#check()
    this.#release()
    if (!this.#mark(markerOf(token), true)) this.#plain(token)
    return this.#take()
  }

  /**
   * Whether a piece of an engine's channel comes out just as it is; the piece then counts as pushed. The quick way for
   * text with which nothing is wrong.
   */
  passes(text: string, channel: 'reasoning' | 'text'): boolean {
    if (this.#held !== '' || this.#ending !== '' || this.#calls.failure !== undefined || text.includes('<'))
      return false
    if (channel !== this.#channel) this.#enter(channel)
    if (this.#state !== (channel === 'reasoning' ? 'thought' : 'text')) return false
    this.#remember(text)
    return true
  }

  /**
   * The output has ended.
   *
   * @param cut it did not end by itself: the budget ended it. A call that is open then stays as it is.
   */
  end(cut = false): RawEvent[] {
    this.#check()
    this.#settle()
    if (cut) this.#cutOff()
    else this.#finishMessage()
    return this.#take()
  }

  #check(): void {
    if (this.#calls.failure !== undefined) throw this.#calls.failure
  }

  #take(): RawEvent[] {
    const out = this.#out
    this.#out = []
    return out
  }

  #scan(piece: string): void {
    const text = this.#held === '' ? piece : this.#held + piece
    this.#held = ''
    /** Up to here everything was read. */
    let read = 0
    let at = text.indexOf('<')
    while (at !== -1) {
      // Where plain text can change the state, it is read before the next `<`, so that the right markers are looked for.
      if (at > read && (this.#ending !== '' || this.#state === 'id' || this.#state === 'gap')) {
        this.#plain(text.slice(read, at))
        read = at
      }
      const inCall = this.#state === 'id' || this.#state === 'arguments'
      const marker = markerAt(text, at, inCall ? CALL_MARKERS : PLAIN_MARKERS)
      if (marker === 'cut') break
      let next = at + 1
      if (marker !== undefined) {
        if (at > read) this.#plain(text.slice(read, at))
        if (this.#mark(marker, false)) next = at + marker.text.length
        read = next > at + 1 ? next : at
      }
      at = text.indexOf('<', next)
    }
    const end = at === -1 ? text.length : at
    if (end > read) this.#plain(text.slice(read, end))
    this.#held = text.slice(end)
  }

  /** Nothing follows that could make a marker of what is held. */
  #release(): void {
    const held = this.#held
    if (held === '') return
    this.#held = ''
    if (held.startsWith('<|t')) this.#onRepair('cut-marker')
    else this.#plain(held)
  }

  /** The output, or the channel, has ended: what was held is what it is. */
  #settle(): void {
    this.#release()
    this.#dropEnding()
  }

  #dropEnding(): void {
    if (this.#ending === '') return
    this.#onRepair(isMessageEnd(this.#ending) ? 'leaked-end' : 'extra-think-end')
    this.#ending = ''
  }

  #enter(channel: 'reasoning' | 'text'): void {
    if (channel === this.#channel) return
    const isFirst = this.#channel === undefined
    const state = channel === 'reasoning' ? 'thought' : 'text'
    if (this.#state !== 'thought' && this.#state !== 'text') this.#resume = state
    else {
      this.#settle()
      if (!isFirst || state !== this.#state) this.#begin(state)
    }
    this.#channel = channel
    if (channel === 'text') return
    this.#reasoned = true
    this.#thoughtMayEnd = false
  }

  #begin(state: 'thought' | 'text'): void {
    this.#state = state
    this.#begun = false
    this.#blank = ''
    this.#tail = ''
  }

  // Plain text, by state.

  #plain(piece: string): void {
    let text = piece
    if (this.#ending !== '') {
      const isBlank = text.trimStart() === ''
      text = this.#ending + text
      this.#ending = ''
      if (isBlank && text.length <= HELD_ENDING) {
        this.#ending = text
        return
      }
    }
    switch (this.#state) {
      case 'thought':
      case 'text':
        this.#say(this.#state, text)
        break
      case 'gap':
        this.#sayInGap(text)
        break
      case 'id':
        this.#addToId(text)
        break
      case 'arguments':
        this.#calls.add(text)
        break
      case 'ended':
        this.#countInGap('text-after-end', text)
        break
    }
  }

  #say(state: 'thought' | 'text', piece: string): void {
    let text = piece
    if (state === 'text' && !this.#begun && this.#channel === undefined) {
      text = this.#blank + text
      if (text.length <= HELD_BLANK && text.trimStart() === '') {
        this.#blank = text
        return
      }
      this.#blank = ''
      this.#begun = true
    }
    this.#remember(text)
    this.#out.push({ type: state === 'thought' ? 'reasoning' : 'text', text })
  }

  #remember(text: string): void {
    if (!this.#begun && text.trimStart() !== '') this.#begun = true
    this.#tail += text
    if (this.#tail.length > TAIL_GROWTH) this.#tail = this.#tail.slice(-TAIL_CHARACTERS)
  }

  #sayInGap(text: string): void {
    if (this.#calls.count > 0) {
      this.#countInGap('text-after-calls', text)
      this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS)
      return
    }
    this.#gap += text
    if (this.#gap.length <= ID_CHARACTERS && /^\s*\S*\s*$/.test(this.#gap)) return
    // No id looks like this, and nothing was called: the section was never meant.
    this.#onRepair('empty-section')
    this.#sayGap()
  }

  /** Gives out what stood in a section where nothing was called. */
  #sayGap(): void {
    const said = this.#gap
    this.#gap = ''
    this.#sectionOpen = false
    this.#state = this.#resume
    this.#plain(said)
  }

  #countInGap(kind: RepairKind, text: string): void {
    if (this.#gapCounted || text.trimStart() === '') return
    this.#gapCounted = true
    this.#onRepair(kind)
  }

  #addToId(text: string): void {
    const brace = text.indexOf('{')
    const more = this.#id === '' ? text.trimStart() : text
    const id = this.#id + (brace === -1 ? more : more.slice(0, more.indexOf('{')))
    if (id.length > ID_CHARACTERS && this.#id.length <= ID_CHARACTERS) this.#onRepair('overlong-id')
    // One more character is kept as the sign that this was counted.
    this.#id = id.slice(0, ID_CHARACTERS + 1)
    if (brace === -1) return
    // No name has a brace: these are the arguments.
    this.#onRepair('missing-argument-begin')
    this.#openCall(this.#id)
    this.#calls.add(text.slice(brace))
  }

  // Markers.

  /**
   * Obeys a marker, or says that here it is text.
   *
   * @param firm it is a token, not text that spells one
   */
  #mark(marker: Marker, firm: boolean): boolean {
    const { kind } = marker
    const inCalls = this.#state === 'gap' || this.#state === 'id' || this.#state === 'ended'
    if (kind === 'turn' && !firm && !inCalls && !isMessageEnd(this.#ending)) return false
    const isThink = kind === 'think-begin' || kind === 'think-end'
    const ended = isMessageEnd(this.#ending)
    // The message goes on with a thought, so it had not ended.
    if (ended && isThink) this.#plainEnding()
    else this.#dropEnding()
    if (this.#state === 'ended') return true
    if (marker.variant) this.#onRepair('variant-marker')
    switch (kind) {
      case 'think-begin':
        return this.#thinkBegin(firm)
      case 'think-end':
        return this.#thinkEnd(marker, firm)
      case 'section-begin':
        this.#sectionBegin()
        return true
      case 'section-end':
        this.#sectionEnd()
        return true
      case 'call-begin':
        this.#callBegin()
        return true
      case 'argument-begin':
        this.#argumentBegin()
        return true
      case 'call-end':
        this.#callEnd()
        return true
      case 'message-end':
      case 'turn':
        if (!firm && !inCalls && kind === 'message-end') this.#ending = marker.text
        else {
          if (!firm && !ended) this.#onRepair('leaked-end')
          this.#finishMessage()
        }
        return true
      case 'other':
        this.#onRepair('stray-marker')
        return true
    }
  }

  #plainEnding(): void {
    const text = this.#ending
    this.#ending = ''
    // Not through `plain`, which would hold white space at its end again.
    if (this.#state === 'arguments') this.#calls.add(text)
    else if (this.#state === 'thought' || this.#state === 'text') this.#say(this.#state, text)
  }

  #thinkBegin(firm: boolean): boolean {
    switch (this.#state) {
      case 'thought':
        if (this.#channel === 'reasoning' && this.#begun && !firm) return false
        this.#onRepair('extra-think-begin')
        return true
      case 'text':
        if (!firm && (this.#begun || this.#reasoned)) return false
        this.#onRepair('extra-think-begin')
        this.#begin('thought')
        return true
      case 'arguments':
        return false
      case 'gap':
      case 'id':
      case 'ended':
        this.#onRepair('stray-marker')
        return true
    }
  }

  #thinkEnd(marker: Marker, firm: boolean): boolean {
    switch (this.#state) {
      case 'thought':
        // The engine has split already: at the end of its reasoning this is a leak, within it a word.
        if (this.#channel === 'reasoning' && !firm) this.#ending = marker.text
        else {
          this.#begin('text')
          this.#thoughtMayEnd = false
        }
        return true
      case 'text': {
        const endsThought = this.#begun && this.#thoughtMayEnd
        if (this.#begun && !endsThought && !firm) return false
        this.#onRepair(endsThought ? 'unsplit-thought' : 'extra-think-end')
        this.#thoughtMayEnd = false
        return true
      }
      case 'arguments':
        return false
      case 'gap':
      case 'id':
      case 'ended':
        // The end of the thought in which the section stands.
        if (this.#resume === 'thought') this.#begun = false
        this.#resume = 'text'
        return true
    }
  }

  #sectionBegin(): void {
    this.#leave()
    if (this.#sectionOpen) this.#onRepair('stray-marker')
    this.#sectionOpen = true
  }

  #sectionEnd(): void {
    if (this.#state === 'thought' || this.#state === 'text') {
      this.#onRepair('stray-marker')
      return
    }
    this.#leave()
    if (!this.#sectionOpen) this.#onRepair('stray-marker')
    this.#sectionOpen = false
    if (this.#calls.count > 0) return
    this.#onRepair('empty-section')
    this.#state = this.#resume
  }

  #callBegin(): void {
    this.#leave()
    if (!this.#sectionOpen) this.#onRepair('missing-section-begin')
    this.#state = 'id'
    this.#id = ''
  }

  #argumentBegin(): void {
    if (this.#state === 'arguments') {
      this.#onRepair('stray-marker')
      return
    }
    let id = this.#id
    if (this.#state !== 'id') {
      id = ID_IN_TAIL.exec((this.#tail + this.#gap).slice(-TAIL_CHARACTERS))?.[0] ?? ''
      this.#gap = ''
      this.#leave()
      if (!this.#sectionOpen) this.#onRepair('missing-section-begin')
      this.#onRepair('missing-call-begin')
    }
    this.#openCall(id)
  }

  #callEnd(): void {
    if (this.#state === 'arguments') this.#closeCall()
    else if (this.#state === 'id') this.#leave()
    else this.#onRepair('stray-marker')
  }

  /** To the gap before the next call, from wherever the reading stands. */
  #leave(): void {
    switch (this.#state) {
      case 'thought':
      case 'text':
        if (this.#state === 'thought') this.#onRepair('calls-in-thought')
        this.#resume = this.#state
        this.#blank = ''
        break
      case 'gap':
        this.#countInGap('text-after-calls', this.#gap)
        break
      case 'id':
        this.#closeId()
        break
      case 'arguments':
        this.#onRepair('missing-call-end')
        this.#closeCall()
        break
      case 'ended':
        return
    }
    this.#toGap()
  }

  #toGap(): void {
    this.#state = 'gap'
    this.#gap = ''
    this.#gapCounted = false
    this.#tail = ''
  }

  // Calls.

  #openCall(text: string): void {
    this.#id = ''
    this.#state = 'arguments'
    this.#calls.begin(text.slice(0, ID_CHARACTERS).trim())
  }

  #closeCall(): void {
    this.#toGap()
    this.#calls.close()
  }

  /** A call that ended before its arguments began. Without a name in its id there is nothing to go by. */
  #closeId(): void {
    const id = this.#id.trim()
    this.#id = ''
    if (id === '') this.#onRepair('stray-marker')
    else if (nameInId(id, this.#tools) === undefined) this.#onRepair('unnamed-call')
    else {
      this.#onRepair('missing-argument-begin')
      this.#openCall(id)
      this.#closeCall()
    }
  }

  // The end.

  #finishMessage(): void {
    if (this.#state === 'ended') return
    if (this.#state === 'id' || this.#state === 'arguments') this.#leave()
    if (this.#sectionOpen) this.#onRepair('missing-section-end')
    this.#giveRest()
    this.#state = 'ended'
    this.#gapCounted = false
  }

  #cutOff(): void {
    this.#open = this.#state === 'id' || this.#state === 'arguments'
    this.#calls.cutOff()
    this.#giveRest()
  }

  /** What was kept back outside of calls, and no call came. */
  #giveRest(): void {
    if (this.#state === 'gap' && this.#calls.count === 0 && this.#gap.trim() !== '') this.#sayGap()
    if (this.#blank !== '') this.#out.push({ type: 'text', text: this.#blank })
    this.#blank = ''
  }
}

function isMessageEnd(ending: string): boolean {
  return ending.startsWith('<|')
}
