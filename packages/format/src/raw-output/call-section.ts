/** Where the tool markers lead: into a section, an id, the arguments of a call, and back out again. */

import type { PromptTool } from '../prompt.ts'
import { nameInId } from './call-name.ts'
import type { CallReader } from './call-reader.ts'
import { type Prose, TAIL_CHARACTERS } from './prose.ts'
import type { RawPlace } from './raw-event.ts'
import type { RepairKind } from './repair-kind.ts'

/** An id is at most so long; the rest of a longer one is dropped. */
const ID_CHARACTERS = 256

const ID_AT_END = /(?:functions\.)?[\w.$-]+:\d+\s*$/

export interface CallSectionOptions {
  readonly start: RawPlace
  readonly tools: readonly PromptTool[]
  /** What stands around the section. */
  readonly prose: Prose
  readonly calls: CallReader
  readonly onRepair: (kind: RepairKind) => void
}

type State =
  /** In the thought or the text: no section and no call is open. */
  | 'outside'
  /** In a section outside of a call, or behind a call. */
  | 'gap'
  /** Behind `<|tool_call_begin|>`. */
  | 'id'
  | 'arguments'

export class CallSection {
  readonly #tools: readonly PromptTool[]
  readonly #prose: Prose
  readonly #calls: CallReader
  readonly #onRepair: (kind: RepairKind) => void

  #state: State
  /** The section was begun with its marker, and not ended. */
  #open: boolean
  /** What stands in this gap: all of it before the first call, while it could still be an id; later the end of it. */
  #gap = ''
  /** The slip of having text in this gap was counted. */
  #gapCounted = false
  /** What stands behind `<|tool_call_begin|>`. */
  #id = ''

  constructor({ start, tools, prose, calls, onRepair }: CallSectionOptions) {
    this.#tools = tools
    this.#prose = prose
    this.#calls = calls
    this.#onRepair = onRepair
    this.#state = start.in === 'calls' ? 'gap' : start.in === 'arguments' ? 'arguments' : 'outside'
    // Where calls were made, a section was begun.
    this.#open = this.#state !== 'outside'
  }

  get state(): State {
    return this.#state
  }

  get inCall(): boolean {
    return this.#state === 'id' || this.#state === 'arguments'
  }

  /** Text without markers, wherever the reading stands. */
  say(text: string): void {
    switch (this.#state) {
      case 'outside':
        this.#prose.say(text)
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
    }
  }

  sectionBegin(): void {
    this.#toGap()
    if (this.#open) this.#onRepair('stray-marker')
    this.#open = true
  }

  sectionEnd(): void {
    if (this.#state === 'outside') {
      this.#onRepair('stray-marker')
      return
    }
    this.#toGap()
    if (!this.#open) this.#onRepair('stray-marker')
    this.#open = false
    if (this.#calls.count > 0) return
    this.#onRepair('empty-section')
    this.#state = 'outside'
  }

  callBegin(): void {
    this.#toGap()
    if (!this.#open) this.#onRepair('missing-section-begin')
    this.#state = 'id'
  }

  argumentBegin(): void {
    if (this.#state === 'arguments') {
      this.#onRepair('stray-marker')
      return
    }
    let id = this.#id
    if (this.#state !== 'id') {
      const said = this.#state === 'outside' ? this.#prose.tail : this.#gap.slice(-TAIL_CHARACTERS)
      id = ID_AT_END.exec(said)?.[0] ?? ''
      // It is the id and no text in the gap.
      this.#gap = ''
      this.#toGap()
      if (!this.#open) this.#onRepair('missing-section-begin')
      this.#onRepair('missing-call-begin')
    }
    this.#beginCall(id)
  }

  callEnd(): void {
    if (this.#state === 'arguments') this.#closeCall()
    else if (this.#state === 'id') this.#toGap()
    else this.#onRepair('stray-marker')
  }

  /** The message ends here. */
  end(): void {
    if (this.inCall) this.#toGap()
    if (this.#open) this.#onRepair('missing-section-end')
    this.#sayRest()
  }

  /** The message was cut here: a call that is open stays open. */
  cutOff(): void {
    this.#calls.cutOff()
    this.#sayRest()
  }

  #sayInGap(text: string): void {
    this.#gap += text
    if (this.#calls.count > 0) {
      this.#countText(text)
      this.#gap = this.#gap.slice(-TAIL_CHARACTERS)
    } else if (this.#gap.length > ID_CHARACTERS || !/^\s*\S*\s*$/.test(this.#gap)) {
      // No id looks like this, and nothing was called: the section was never meant.
      this.#onRepair('empty-section')
      this.#leaveSaying()
    }
  }

  #countText(text: string): void {
    if (this.#gapCounted || text.trimStart() === '') return
    this.#gapCounted = true
    this.#onRepair('text-after-calls')
  }

  /** Out of a section where nothing was called: what stood in it is said. */
  #leaveSaying(): void {
    const said = this.#gap
    this.#gap = ''
    this.#open = false
    this.#state = 'outside'
    this.#prose.say(said)
  }

  /** What was kept back for an id, and no call came. */
  #sayRest(): void {
    if (this.#state === 'gap' && this.#calls.count === 0 && this.#gap.trim() !== '') this.#leaveSaying()
    this.#prose.end()
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
    this.#beginCall(this.#id)
    this.#calls.add(text.slice(brace))
  }

  /** To the gap before the next call, from wherever the reading stands. */
  #toGap(): void {
    switch (this.#state) {
      case 'outside':
        this.#prose.leave()
        break
      case 'gap':
        this.#countText(this.#gap)
        break
      case 'id':
        this.#closeId()
        break
      case 'arguments':
        this.#onRepair('missing-call-end')
        this.#closeCall()
        break
    }
    this.#beginGap()
  }

  #beginGap(): void {
    this.#state = 'gap'
    this.#gap = ''
    this.#gapCounted = false
  }

  #beginCall(id: string): void {
    this.#id = ''
    this.#state = 'arguments'
    this.#calls.begin(id.slice(0, ID_CHARACTERS).trim())
  }

  #closeCall(): void {
    this.#beginGap()
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
      this.#beginCall(id)
      this.#closeCall()
    }
  }
}
