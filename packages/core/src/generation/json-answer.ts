/**
 * An answer that was asked for as JSON, held to it by its two ends: it begins with a bracket and ends with one. A fence of Markdown
 * around it, which is how engines without a grammar answer, is taken away; prose is no answer to such a request, and a failure.
 *
 * What stands between is the engine's: a model without a grammar writes JSON that is nearly right, and that is not ours to refuse.
 */

import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'

/** Before the JSON may stand so many characters of a fence and white space. */
const LONGEST_HEAD = 64
/** White space and a fence behind it, held until it is known to be the end. */
const TAIL = /[\s`]*$/

interface Text {
  /** What may belong to a fence: before the JSON, and behind it. */
  held: string
  begun: boolean
  fenced: boolean
  /** The last character that was given out and is no white space. */
  last: string
  called: boolean
}

/** One for each answer that no prefix has begun. `push` throws an `EngineError` of kind `protocol`. */
export class JsonAnswer {
  readonly #engine: string
  readonly #note: (kind: 'fenced-json') => void
  readonly #texts: Text[] = []

  readonly #mayBreakOff: boolean

  /** @param mayBreakOff a stop string may end it anywhere */
  constructor(engine: string, mayBreakOff: boolean, note: (kind: 'fenced-json') => void) {
    this.#engine = engine
    this.#mayBreakOff = mayBreakOff
    this.#note = note
  }

  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if (event.type === 'text') this.#say(event.choice, event.text, out)
    else if (event.type === 'finish') this.#finish(event, out)
    else {
      if (event.type === 'tool-call') this.#of(event.choice).called = true
      out.push(event)
    }
  }

  #say(choice: number, piece: string, out: GenerationEvent[]): void {
    const text = this.#of(choice)
    const all = text.held + piece
    const body = text.begun ? all : this.#begin(text, all)
    if (body === undefined) return
    const tail = text.fenced ? (TAIL.exec(body)?.[0].length ?? 0) : 0
    text.held = body.slice(body.length - tail)
    this.#give(choice, text, body.slice(0, body.length - tail), out)
  }

  /** What is said from the first bracket on; `undefined` while that has not come. */
  #begin(text: Text, all: string): string | undefined {
    const bracket = all.search(/[[{]/)
    const head = (bracket === -1 ? all : all.slice(0, bracket)).trimStart()
    const isHead = bracket === -1 ? /^(?:`{1,2}|```[\w-]*\s*)?$/.test(head) : /^(?:```[\w-]*\s*)?$/.test(head)
    if (!isHead || (bracket === -1 && all.length > LONGEST_HEAD)) throw this.#fault('text where JSON was asked for')
    text.held = all
    if (bracket === -1) return undefined
    text.begun = true
    text.fenced = head !== ''
    if (text.fenced) this.#note('fenced-json')
    return all.slice(text.fenced ? bracket : 0)
  }

  #finish(event: GenerationEvent & { type: 'finish' }, out: GenerationEvent[]): void {
    const text = this.#of(event.choice)
    const isWhole = event.reason === 'stop' && !this.#mayBreakOff && !text.called
    if (isWhole && text.last !== '}' && text.last !== ']') throw this.#fault('no whole JSON where it was asked for')
    if (text.held.trim() !== '' && !text.held.includes('```')) this.#give(event.choice, text, text.held, out)
    out.push(event)
  }

  #give(choice: number, text: Text, piece: string, out: GenerationEvent[]): void {
    if (piece === '') return
    text.last = piece.trimEnd().at(-1) ?? text.last
    out.push({ type: 'text', choice, text: piece })
  }

  #of(choice: number): Text {
    return (this.#texts[choice] ??= { held: '', begun: false, fenced: false, last: '', called: false })
  }

  #fault(what: string): EngineError {
    return new EngineError('protocol', `gave ${what}`, { engine: this.#engine })
  }
}
