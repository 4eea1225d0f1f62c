/**
 * The seam: where one engine goes on with what another began. Before a byte of the continuation goes out it is checked.
 *
 * An engine that starts over, or repeats the end of what was given, has its repetition removed. One that starts over and
 * then says something else, opens a new thought behind the answer, leaves a call that is still open, or writes what can
 * not follow in a JSON text, did not go on: that is a failure, and nobody has seen it.
 */

import { type Engine, EngineError, type GenerationEvent, type TranscribedCall } from '../generation/index.ts'
import { Joint } from './joint.ts'
import { JsonWalk } from './json-walk.ts'

/** What was given out when the engine before failed. */
export interface Given {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly Readonly<TranscribedCall>[]
  /** What the client itself had sent to go on from; the text and the reasoning stand behind it. */
  readonly before: { readonly reasoning: string; readonly text: string }
  /** The text is JSON. */
  readonly json: boolean
}

/** So much of a continued JSON text is looked at before it is given out: a wrong beginning breaks within a few words. */
const JSON_CHECKED = 48
/** Below this a text that comes again may be a coincidence, and what fits decides. */
const CERTAIN_REPETITION = 8

/** Places of an answer in their order: its reasoning, its text, each of its calls. */
const REASONING = 0
const TEXT = 1
const FIRST_CALL = 2

type Said = Extract<GenerationEvent, { readonly type: 'reasoning' | 'text' | 'tool-call' }>

export class SeamCheck {
  readonly #engine: string
  readonly #given: Given
  /** Where the answer was cut. */
  readonly #place: number
  readonly #joint: Joint
  /** Behind all that was given; absent where the place holds no JSON, or none that was valid. */
  #walk: JsonWalk | undefined
  /** New JSON text that is not certain yet. */
  #held = ''
  #checking: boolean
  /** How much of what stands before the place has come again, by place. */
  readonly #repeated = new Map<number, number>()
  #reached = false
  #left = false

  constructor(given: Given, { name, mayRepeat = false }: Pick<Engine, 'name' | 'mayRepeat'>) {
    this.#engine = name
    this.#given = given
    const { reasoning, text, calls, before } = given
    const open = calls.at(-1)
    this.#place = open !== undefined ? FIRST_CALL + calls.length - 1 : text !== '' ? TEXT : REASONING
    const here = this.#givenAt(this.#place)
    const front = this.#place === TEXT ? before.text : this.#place === REASONING ? before.reasoning : ''
    const isJson = open !== undefined || (given.json && text !== '')
    const walk = isJson ? new JsonWalk().push(front + here) : undefined
    this.#walk = walk?.broken === true ? undefined : walk
    this.#checking = this.#walk !== undefined
    // An engine that goes on from a raw prompt may write its thought again, and what reads it is behind the thought.
    const thought = this.#place === TEXT && reasoning !== '' ? `${reasoning}</think>` : ''
    this.#joint = new Joint(here, front, mayRepeat, thought)
  }

  /** Something was repeated and taken away: what the engine counted is more than what went out. */
  get removed(): boolean {
    return this.#joint.removed > 0 || this.#repeated.size > 0
  }

  /** Adds to `out` what may be given out. Throws an `EngineError` of kind `protocol` for what goes on from nothing. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if (this.#left) return this.#pass(event, out)
    switch (event.type) {
      case 'start':
      case 'server-tool':
      case 'usage':
        out.push(event)
        return
      case 'finish':
        this.#leave(event.reason === 'stop' || event.reason === 'tool_calls', out)
        return this.#pass(event, out)
      case 'reasoning':
      case 'text':
      case 'tool-call': {
        const place = placeOf(event)
        if (event.type === 'tool-call' && this.#isRenamed(event)) throw this.#fault('it made another call of one')
        if (place < this.#place) return this.#repeat(event, place)
        this.#reach()
        if (place > this.#place) {
          if (pieceOf(event) === '' && event.type !== 'tool-call') return
          this.#leave(true, out)
          return this.#pass(event, out)
        }
        const fresh = this.#joint.push(pieceOf(event))
        if (this.#joint.broken) throw this.#fault('it started over with other words')
        this.#say(fresh, out)
      }
    }
  }

  /** What stands before the place may come again, to the letter. */
  #repeat(event: Said, place: number): void {
    const piece = pieceOf(event)
    // Between a thought and a call there may be line breaks, and behind the call nobody misses them.
    if (event.type !== 'tool-call' && piece.trim() === '') return
    const given = this.#givenAt(place)
    const at = this.#repeated.get(place) ?? 0
    if (!this.#reached && given.startsWith(piece, at)) {
      this.#repeated.set(place, at + piece.length)
      return
    }
    if (event.type === 'reasoning') throw this.#fault('it opened a new thought')
    throw this.#fault(event.type === 'text' ? 'it wrote text behind a tool call' : 'it went back to an earlier call')
  }

  #reach(): void {
    if (this.#reached) return
    this.#reached = true
    for (const [place, repeated] of this.#repeated)
      if (repeated < this.#givenAt(place).trimEnd().length) throw this.#fault('it started over and left something out')
  }

  /** The answer goes on behind the place, or ends. */
  #leave(whole: boolean, out: GenerationEvent[]): void {
    this.#reach()
    const rest = this.#joint.end()
    if (this.#joint.broken) throw this.#fault('it started over and stopped early')
    this.#say(rest, out)
    this.#release(out)
    this.#left = true
    if (whole && this.#walk?.complete === false) throw this.#fault('it left JSON that is not complete')
  }

  /** Behind the place nothing can be wrong but a call that is numbered like one of those before. */
  #pass(event: GenerationEvent, out: GenerationEvent[]): void {
    const { calls } = this.#given
    if (event.type === 'tool-call' && event.call < calls.length) throw this.#fault('it went back to an earlier call')
    if (event.type === 'finish' && event.reason === 'stop' && calls.length > 0)
      // An engine that was asked to go on inside a call need not know that it was one.
      out.push({ ...event, reason: 'tool_calls' })
    else out.push(event)
  }

  #say(text: string, out: GenerationEvent[]): void {
    if (text === '') return
    if (this.#walk === undefined) return this.#emit(text, out)
    if (!this.#checking) {
      this.#walk.push(text)
      return this.#emit(text, out)
    }
    this.#held += text
    if (this.#held.length >= JSON_CHECKED) this.#release(out)
  }

  /** Gives out what was held of a JSON text, if it fits. */
  #release(out: GenerationEvent[]): void {
    if (!this.#checking || this.#walk === undefined) return
    this.#checking = false
    const given = this.#givenAt(this.#place)
    const again = given.length < CERTAIN_REPETITION && this.#held.startsWith(given) ? given.length : 0
    for (const skipped of again === 0 ? [0] : [0, again]) {
      const text = this.#held.slice(skipped)
      const walk = this.#walk.fork().push(text)
      if (walk.broken) continue
      this.#walk = walk
      this.#held = ''
      if (skipped > 0) this.#repeated.set(this.#place, skipped)
      return this.#emit(text, out)
    }
    throw this.#fault('what it wrote can not follow in the JSON')
  }

  #emit(text: string, out: GenerationEvent[]): void {
    if (text === '') return
    if (this.#place >= FIRST_CALL)
      // Whatever it calls the call that was begun, the client has its name.
      out.push({ type: 'tool-call', choice: 0, call: this.#place - FIRST_CALL, arguments: text })
    else out.push({ type: this.#place === TEXT ? 'text' : 'reasoning', choice: 0, text })
  }

  #isRenamed({ call, name = '' }: Said & { type: 'tool-call' }): boolean {
    const given = this.#given.calls[call]
    return given !== undefined && name !== '' && name !== given.name
  }

  #givenAt(place: number): string {
    if (place === REASONING) return this.#given.reasoning
    if (place === TEXT) return this.#given.text
    return this.#given.calls[place - FIRST_CALL]?.arguments ?? ''
  }

  #fault(what: string): EngineError {
    return new EngineError('protocol', `did not go on: ${what}`, { engine: this.#engine })
  }
}

function placeOf(event: Said): number {
  if (event.type === 'tool-call') return FIRST_CALL + event.call
  return event.type === 'text' ? TEXT : REASONING
}

function pieceOf(event: Said): string {
  return event.type === 'tool-call' ? event.arguments : event.text
}
