/** Decides what each marker means where it stands, and hands it, and the text around it, to the prose or to the calls. */

import type { PromptTool } from '../prompt.ts'
import type { SpecialToken } from '../special-tokens.ts'
import type { CallReader } from './call-reader.ts'
import { CallSection } from './call-section.ts'
import type { MarkerReader } from './marker-scanner.ts'
import { CALL_MARKERS, type Marker, PLAIN_MARKERS } from './markers.ts'
import { PossibleEnd } from './possible-end.ts'
import { type Channel, Prose } from './prose.ts'
import type { RawEvent, RawPlace } from './raw-event.ts'
import type { RepairKind } from './repair-kind.ts'
import { RoleHeader } from './role-header.ts'

export interface AnswerReaderOptions {
  readonly start: RawPlace
  readonly tools: readonly PromptTool[]
  readonly thinking: boolean
  readonly calls: CallReader
  readonly give: (event: RawEvent) => void
  readonly onRepair: (kind: RepairKind) => void
}

/** `plain` and `mark` in the order of the output, then `end` or `cutOff`. All throw a `RawOutputLimitError`. */
export class AnswerReader implements MarkerReader {
  readonly #onRepair: (kind: RepairKind) => void
  readonly #prose: Prose
  readonly #calls: CallReader
  readonly #section: CallSection
  readonly #possibleEnd = new PossibleEnd()
  readonly #header = new RoleHeader()
  /** The message is over; what follows is none of the answer's. */
  #ended = false
  /** The slip of going on behind the end was counted. */
  #wentOn = false

  constructor(options: AnswerReaderOptions) {
    this.#onRepair = options.onRepair
    this.#calls = options.calls
    this.#prose = new Prose(options)
    this.#section = new CallSection({ ...options, prose: this.#prose })
  }

  get place(): RawPlace {
    return this.#calls.place ?? this.#prose.place
  }

  /** The output stands inside a call. */
  get inCall(): boolean {
    return this.#section.inCall
  }

  get markers(): readonly Marker[] {
    return this.#section.inCall ? CALL_MARKERS : PLAIN_MARKERS
  }

  /** What an engine that splits by itself said last. */
  get channel(): Channel | undefined {
    return this.#prose.channel
  }

  /** What the channel changes is here: the thought or the text. */
  get inProse(): boolean {
    return !this.#ended && this.#section.state === 'outside'
  }

  enter(channel: Channel): void {
    this.#prose.enter(channel, this.inProse)
  }

  /** What may have been an end, or the white space before a text, is held: it comes first if anything does. */
  get holds(): boolean {
    return this.#header.holds || this.#possibleEnd.holds || this.#prose.holds
  }

  /** Whether a piece of this channel, in which there is no marker, comes out as it is; it then counts as read. */
  passes(text: string, channel: Channel): boolean {
    return this.inProse && this.#prose.passes(text, channel)
  }

  plain(piece: string): void {
    const behind = this.#behindHeader(piece)
    if (behind === '') return
    const text = this.#possibleEnd.follow(behind)
    if (text === undefined) return
    if (!this.#ended) this.#section.say(text)
    else if (!this.#wentOn && text.trimStart() !== '') {
      this.#wentOn = true
      this.#onRepair('text-after-end')
    }
  }

  /**
   * Obeys a marker, or says that here it is text.
   *
   * @param firm it is a token, not text that spells one
   */
  mark(marker: Marker, firm = false): boolean {
    if (this.#ended) return true
    const { kind, variant } = marker
    const { state } = this.#section
    const afterEnd = this.#possibleEnd.isMessageEnd
    // Between calls, and in an id, there is no text that could speak of the end of a message.
    const endIsFirm = firm || state === 'gap' || state === 'id'
    if (this.#header.holds) this.#section.say(this.#header.release())
    if (kind === 'turn' && !endIsFirm && !afterEnd) return this.#headerBegin(marker)
    // A message that goes on with a think marker had not ended.
    if (afterEnd && (kind === 'think-begin' || kind === 'think-end')) this.#section.say(this.#possibleEnd.release())
    else this.settle()
    if (variant) this.#onRepair('variant-marker')
    switch (kind) {
      case 'think-begin':
        return this.#thinkBegin(firm)
      case 'think-end':
        return this.#thinkEnd(marker, firm)
      case 'section-begin':
        this.#section.sectionBegin()
        return true
      case 'section-end':
        this.#section.sectionEnd()
        return true
      case 'call-begin':
        this.#section.callBegin()
        return true
      case 'argument-begin':
        this.#section.argumentBegin()
        return true
      case 'call-end':
        this.#section.callEnd()
        return true
      case 'message-end':
      case 'turn':
        if (kind === 'message-end' && !endIsFirm) this.#possibleEnd.hold(marker)
        else {
          if (!firm && !afterEnd) this.#onRepair('leaked-end')
          this.end()
        }
        return true
      case 'other':
        this.#onRepair('stray-marker')
        return true
    }
  }

  /** Nothing but white space followed: what may have been an end was one. */
  settle(): void {
    // The half of a header is no text.
    if (this.#header.release() !== '') this.#onRepair('role-header')
    if (!this.#possibleEnd.holds) return
    this.#onRepair(this.#possibleEnd.isMessageEnd ? 'leaked-end' : 'extra-think-end')
    this.#possibleEnd.release()
  }

  /** The message ends. */
  end(): void {
    if (!this.#ended) this.#section.end()
    this.#ended = true
  }

  /** The budget ended the output, wherever it stood. */
  cutOff(): void {
    if (!this.#ended) this.#section.cutOff()
  }

  /** A header at the head of a text is none of it; elsewhere it is text. */
  #headerBegin(marker: Marker): boolean {
    const isOwn = marker.text === OWN && this.inProse && !this.#prose.begun
    if (isOwn) this.#header.hold(marker)
    return isOwn
  }

  /** What of a piece does not belong to a header. */
  #behindHeader(piece: string): string {
    if (!this.#header.holds) return piece
    const followed = this.#header.follow(piece)
    if (followed?.header === true) this.#onRepair('role-header')
    return followed?.said ?? ''
  }

  #thinkBegin(firm: boolean): boolean {
    const { state } = this.#section
    if (state === 'outside') return this.#prose.thinkBegin(firm)
    if (state === 'arguments') return false
    this.#onRepair('stray-marker')
    return true
  }

  #thinkEnd(marker: Marker, firm: boolean): boolean {
    const { state } = this.#section
    if (state === 'arguments') return false
    if (state !== 'outside') this.#prose.thinkEndAmongCalls()
    // The engine has split already: at the end of its reasoning this is a leak, within it a word.
    else if (this.#prose.inReasoning && !firm) this.#possibleEnd.hold(marker)
    else return this.#prose.thinkEnd(firm)
    return true
  }
}

const OWN: SpecialToken = '<|im_assistant|>'
