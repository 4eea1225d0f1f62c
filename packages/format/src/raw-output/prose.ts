/** What the model says outside of calls: its thought and its text, and the think markers between them. */

import type { RawEvent, RawPlace } from './raw-event.ts'
import type { RepairKind } from './repair-kind.ts'

/** White space at the beginning of a text is held up to so many characters: before a call it is none of the answer's. */
const HELD_BLANK = 64
/** How much of what was said is remembered, for an id whose `<|tool_call_begin|>` is missing. */
export const TAIL_CHARACTERS = 128
/** The remembered text grows to this before it is cut back, so that cutting costs nothing for each piece. */
const TAIL_GROWTH = 4096

/** What an engine that splits by itself says its text is. */
export type Channel = 'reasoning' | 'text'

export interface ProseOptions {
  readonly start: RawPlace
  /** A `</think>` in a text with no thought before it may end a thought that came as text. */
  readonly thinking: boolean
  readonly give: (event: RawEvent) => void
  readonly onRepair: (kind: RepairKind) => void
}

/** Stands in the thought or in the text, also while calls are read: what follows a section without a call goes on there. */
export class Prose {
  readonly #give: (event: RawEvent) => void
  readonly #onRepair: (kind: RepairKind) => void

  #in: 'thought' | 'text'
  /** This text or thought has more than white space. */
  #begun: boolean
  /** White space at the beginning of a text that has nothing else yet. */
  #blank = ''
  /** The end of what was said since the last marker that was obeyed, and sometimes more. */
  #tail = ''

  /** `undefined` for an engine that does not split. */
  #channel: Channel | undefined
  /** An engine that splits has given reasoning. */
  #reasoned = false
  /** A `</think>` in the text is the end of a thought that came as text. */
  #thoughtMayEnd: boolean

  constructor({ start, thinking, give, onRepair }: ProseOptions) {
    this.#give = give
    this.#onRepair = onRepair
    this.#in = start.in === 'thought' ? 'thought' : 'text'
    this.#begun = start.in === 'text' && (start.begun ?? false)
    this.#thoughtMayEnd = thinking
  }

  get place(): RawPlace {
    return this.#in === 'thought' ? { in: 'thought' } : { in: 'text', begun: this.#begun }
  }

  get channel(): Channel | undefined {
    return this.#channel
  }

  /** White space waits for what it stands before. */
  get holds(): boolean {
    return this.#blank !== ''
  }

  /** Something but white space was said here. */
  get begun(): boolean {
    return this.#begun
  }

  /** In a thought that the engine itself has set apart. */
  get inReasoning(): boolean {
    return this.#in === 'thought' && this.#channel === 'reasoning'
  }

  /** The end of what was said here, for an id that is written as text. */
  get tail(): string {
    return this.#tail.slice(-TAIL_CHARACTERS)
  }

  say(piece: string): void {
    let text = piece
    if (this.#in === 'text' && !this.#begun && this.#channel === undefined) {
      text = this.#blank + text
      if (text.length <= HELD_BLANK && text.trimStart() === '') {
        this.#blank = text
        return
      }
      this.#blank = ''
      this.#begun = true
    }
    this.#remember(text)
    this.#give({ type: this.#in === 'thought' ? 'reasoning' : 'text', text })
  }

  /** Whether a piece of this channel, in which there is no marker, comes out as it is; it then counts as said. */
  passes(text: string, channel: Channel): boolean {
    if (this.#in !== (channel === 'reasoning' ? 'thought' : 'text')) return false
    this.#remember(text)
    return true
  }

  /**
   * What follows is of this channel.
   *
   * @param speaking the reading stands here and not in a call
   */
  enter(channel: Channel, speaking: boolean): void {
    const isFirst = this.#channel === undefined
    const place = channel === 'reasoning' ? 'thought' : 'text'
    if (!speaking) this.#in = place
    else if (!isFirst || place !== this.#in) this.#begin(place)
    this.#channel = channel
    if (channel === 'text') return
    this.#reasoned = true
    this.#thoughtMayEnd = false
  }

  /** A call, or a section of calls, begins. */
  leave(): void {
    if (this.#in === 'thought') this.#onRepair('calls-in-thought')
    this.#blank = ''
    this.#tail = ''
  }

  /** Obeys `<think>`, or says that here it is text. `firm`: it is a token, not text that spells one. */
  thinkBegin(firm: boolean): boolean {
    const isWord = this.#in === 'thought' ? this.inReasoning && this.#begun : this.#begun || this.#reasoned
    if (isWord && !firm) return false
    this.#onRepair('extra-think-begin')
    if (this.#in === 'text') this.#begin('thought')
    return true
  }

  /** The same for `</think>`. */
  thinkEnd(firm: boolean): boolean {
    if (this.#in === 'thought') this.#begin('text')
    else {
      const endsThought = this.#begun && this.#thoughtMayEnd
      if (this.#begun && !endsThought && !firm) return false
      this.#onRepair(endsThought ? 'unsplit-thought' : 'extra-think-end')
    }
    this.#thoughtMayEnd = false
    return true
  }

  /** `</think>` among calls ends the thought in which they stand, if it is one. */
  thinkEndAmongCalls(): void {
    if (this.#in === 'thought') this.#begin('text')
  }

  /** Nothing follows: white space alone is an answer too. */
  end(): void {
    if (this.#blank !== '') this.#give({ type: 'text', text: this.#blank })
    this.#blank = ''
  }

  #begin(place: 'thought' | 'text'): void {
    this.#in = place
    this.#begun = false
    this.#blank = ''
    this.#tail = ''
  }

  #remember(text: string): void {
    if (!this.#begun && text.trimStart() !== '') this.#begun = true
    this.#tail += text
    if (this.#tail.length > TAIL_GROWTH) this.#tail = this.#tail.slice(-TAIL_CHARACTERS)
  }
}
