/** The budget of one choice: what it has said, in bytes and in tokens, and how much of what comes still has room. */

import type { EventBatch } from './event-batches.ts'
import type { GenerationEvent } from './event.ts'
import { bytesAt, bytesOf, widthAt } from './text-bytes.ts'
import type { Transcript } from './transcript.ts'

type Count = (text: string) => number | Promise<number>

/** Thought and answer are counted apart, as they are billed. */
type Side = 'thought' | 'answer'

/**
 * A count of two texts together may be a little more than the sum of both, where a word is cut between them: so many tokens
 * before the end every piece is counted for itself.
 */
const COUNTED_CLOSELY = 8
/** How far a text is looked ahead there: a word that is not whole may have more tokens than the whole word. */
const LOOK_AHEAD = 64
/** Bytes. */
const LONGEST_CHARACTER = 4

export class ChoiceBudget {
  readonly #tokens: number
  readonly #count: Count
  /** Text behind the last line break, or what else is not settled. */
  readonly #open: Record<Side, string> = { thought: '', answer: '' }
  /** Tokens of what stands before it, and is not counted again. */
  readonly #settled: Record<Side, number> = { thought: 0, answer: 0 }
  /** Bytes that certainly have room. */
  #room: number
  #bytes = 0
  #usedUp = false
  /** How much of a transcript is known. */
  #reasoningAt = 0
  #textAt = 0
  readonly #callsAt: number[] = []

  constructor(tokens: number, count: Count) {
    this.#tokens = tokens
    this.#count = count
    this.#room = tokens
  }

  get room(): number {
    return this.#room
  }

  /** All of it. */
  get bytes(): number {
    return this.#bytes
  }

  /** It ended here, and nothing behind it is given out. */
  get isUsedUp(): boolean {
    return this.#usedUp
  }

  /** Whether what a batch says in this choice has room by its bytes alone. */
  hasBytes(batch: EventBatch, choice: number): boolean {
    let bytes = 0
    for (const event of batch) if ('choice' in event && event.choice === choice) bytes += bytesOf(textOf(event))
    return bytes <= this.#room
  }

  /** What had room was given out, and stands in a transcript. */
  catchUp({ reasoning, text, calls }: Transcript): void {
    this.#say('thought', reasoning.slice(this.#reasoningAt))
    this.#say('answer', text.slice(this.#textAt))
    this.#reasoningAt = reasoning.length
    this.#textAt = text.length
    for (const [index, call] of calls.entries()) {
      const at = this.#callsAt[index]
      this.#say('answer', at === undefined ? call.name + call.arguments : call.arguments.slice(at))
      this.#callsAt[index] = call.arguments.length
    }
  }

  /** The same of an event that stands in none. */
  add(event: GenerationEvent): void {
    this.#say(event.type === 'reasoning' ? 'thought' : 'answer', textOf(event))
  }

  /** As much of an event as there is room for; `undefined`: nothing. */
  async take(event: GenerationEvent): Promise<GenerationEvent | undefined> {
    const text = textOf(event)
    if (text === '') return event
    const taken = await this.#takeText(text, event.type === 'reasoning' ? 'thought' : 'answer')
    this.#usedUp = taken < text.length
    const part = this.#usedUp ? beginningOf(event, taken) : event
    if (part !== undefined) this.#note(part)
    return part
  }

  /** How many units of it. */
  async #takeText(text: string, side: Side): Promise<number> {
    let at = 0
    while (at < text.length) {
      const certain = this.#certain(text, at)
      this.#say(side, text.slice(at, certain))
      at = certain
      if (at === text.length) break
      await this.#countAll()
      if (this.#room >= LONGEST_CHARACTER) continue
      const near = await this.#longestNear(text, at, side)
      this.#say(side, text.slice(at, near))
      if (near < Math.min(at + LOOK_AHEAD, text.length)) return near
      at = near
    }
    return at
  }

  /** Where in a text the room ends. */
  #certain(text: string, from: number): number {
    let at = from
    for (let left = this.#room; at < text.length;) {
      const width = widthAt(text, at)
      left -= bytesAt(text, at)
      if (left < 0) break
      at += width
    }
    return at
  }

  /** What was said is counted, and what stands before its last line settled. */
  async #countAll(): Promise<void> {
    let tokens = 0
    for (const side of ['thought', 'answer'] as const) {
      const border = lastLine(this.#open[side])
      this.#settled[side] += await this.#counted(this.#open[side].slice(0, border))
      this.#open[side] = this.#open[side].slice(border)
      tokens += this.#settled[side] + (await this.#counted(this.#open[side]))
    }
    this.#room = Math.max(this.#tokens - tokens - COUNTED_CLOSELY, 0)
  }

  /** Near the end of the budget: how far the text goes on, by a count of each possible end. */
  async #longestNear(text: string, at: number, side: Side): Promise<number> {
    const other = side === 'thought' ? 'answer' : 'thought'
    const elsewhere = this.#settled.thought + this.#settled.answer + (await this.#counted(this.#open[other]))
    let end = Math.min(at + LOOK_AHEAD, text.length)
    while (end > at) {
      const isCharacter = end === text.length || !isSecondHalf(text, end)
      if (isCharacter && elsewhere + (await this.#counted(this.#open[side] + text.slice(at, end))) <= this.#tokens)
        break
      end -= 1
    }
    return end
  }

  #counted(text: string): number | Promise<number> {
    return text === '' ? 0 : this.#count(text)
  }

  #say(side: Side, text: string): void {
    if (text === '') return
    const bytes = bytesOf(text)
    this.#open[side] += text
    this.#bytes += bytes
    this.#room = Math.max(this.#room - bytes, 0)
  }

  /** It will stand in the transcript when that is looked at again. */
  #note(event: GenerationEvent): void {
    if (event.type === 'reasoning') this.#reasoningAt += event.text.length
    else if (event.type === 'text') this.#textAt += event.text.length
    else if (event.type === 'tool-call')
      this.#callsAt[event.call] = (this.#callsAt[event.call] ?? 0) + event.arguments.length
  }
}

/** What the model has written of an event. */
function textOf(event: GenerationEvent): string {
  if (event.type === 'text' || event.type === 'reasoning') return event.text
  return event.type === 'tool-call' ? (event.name ?? '') + event.arguments : ''
}

/** The event with so many units of its text; a call whose name is not whole is none. */
function beginningOf(event: GenerationEvent, units: number): GenerationEvent | undefined {
  if (units === 0) return undefined
  if (event.type === 'text' || event.type === 'reasoning') return { ...event, text: event.text.slice(0, units) }
  if (event.type !== 'tool-call') return event
  const { name = '' } = event
  return units < name.length ? undefined : { ...event, arguments: event.arguments.slice(0, units - name.length) }
}

/**
 * Where the last line begins that can be counted for itself: the model's tokenizer ends a piece with its line breaks, and begins
 * none with them. 0: nowhere.
 */
function lastLine(text: string): number {
  for (let at = text.lastIndexOf('\n', text.length - 2); at >= 0; at = text.lastIndexOf('\n', at - 1)) {
    if (/\S/.test(text.charAt(at + 1))) return at + 1
    if (at === 0) break
  }
  return 0
}

function isSecondHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc_00 && code <= 0xdf_ff && at > 0 && widthAt(text, at - 1) === 2
}
