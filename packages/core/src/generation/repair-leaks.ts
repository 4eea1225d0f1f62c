/**
 * Mends the events of an engine whose own parser leaks: tool markers in text or reasoning, a whole thought in its text, unseen calls.
 *
 * Seen in the wild: vLLM leaves sections in `content` and in `reasoning` (issues 24478, 30238, pull request 31207), also beside the
 * very calls it did parse; KTransformers' documented commands have no parser, so thought, `</think>` and markers all come as
 * `content`; hosts on OpenRouter pass `<|tool_calls_section_begin|>` on as an answer (hermes-agent issue 24534).
 *
 * What is held to be a leak, and what not:
 *
 * - Tool markers are never an answer, in whichever channel they come. What they stand around becomes a call.
 * - Think markers are words where the engine has split thought and text already. They are leaks at the edges: `<think>` or `</think>` at
 *   the beginning of a text, `</think>` at the end of the reasoning, and the first one in a text of a thinking model that gave no reasoning.
 * - A call that the engine gave and leaked as well is one call. The later of two calls of the same tool from the two sources is held
 *   until the choice finishes, and dropped when its arguments are the same.
 *
 * Text without a `<` passes as the object it came in, and text with one in the pieces it came in. What is held when the source fails is lost with it: nobody was
 * given it, so whoever goes on from what was given will write it again.
 */

import { RawOutputParser, type RepairKind } from '@moonbase/format'
import type { FinishReason, GenerationEvent } from './event.ts'
import { PieceBorders } from './piece-borders.ts'
import { withinRawLimits } from './raw-limits.ts'
import { type GenerationRequest, partialOf } from './request.ts'
import { isSameArguments } from './same-arguments.ts'

export type LeakKind =
  | RepairKind
  /** A call that the engine gave as text. */
  | 'leaked-call'
  /** A call that came both as a call and as text. */
  | 'echoed-call'
  /** The engine gave the name of a call, and its arguments as text. */
  | 'leaked-arguments'

export interface LeakRepairOptions {
  /** For errors. */
  readonly engine: string
  readonly request: Pick<GenerationRequest, 'messages' | 'thinking' | 'tools' | 'toolChoice'>
  /** The engine has no parser of thoughts: while it gives no reasoning, its text begins inside the thought. */
  readonly unsplit?: boolean
  readonly onRepair?: (kind: LeakKind) => void
}

/** The source with its leaks mended. Throws an `EngineError` of kind `limit` for more calls or arguments than are held. */
export async function* repairLeaks(
  source: AsyncIterable<GenerationEvent>,
  options: LeakRepairOptions,
): AsyncGenerator<GenerationEvent, void, void> {
  const repair = new LeakRepair(options)
  const ready: GenerationEvent[] = []
  for await (const event of source) {
    repair.push(event, ready)
    yield* ready
    ready.length = 0
  }
}

/** The same, event by event, for whoever has many events at once. One for each generation. */
export class LeakRepair {
  readonly #options: LeakRepairOptions
  #choices: ChoiceRepair[] = []

  constructor(options: LeakRepairOptions) {
    this.#options = options
  }

  /** Adds to `out` what can be said for certain after this event. Throws like {@link repairLeaks}. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    switch (event.type) {
      case 'reasoning':
      case 'text':
        this.#choice(event.choice).say(event, out)
        break
      case 'tool-call':
        this.#choice(event.choice).call(event, out)
        break
      case 'server-tool':
        this.#choice(event.choice).settle(out)
        out.push(event)
        break
      case 'finish':
        this.#choice(event.choice).finish(event, out)
        break
      case 'start':
      case 'usage':
        out.push(event)
        break
    }
  }

  #choice(index: number): ChoiceRepair {
    const known = this.#choices[index]
    if (known !== undefined) return known
    const made = new ChoiceRepair(index, this.#options)
    // A list that grew has room for sixteen more, and there is nearly always one.
    if (index === 0 && this.#choices.length === 0) this.#choices = [made]
    else this.#choices[index] = made
    return made
  }
}

type TextEvent = Extract<GenerationEvent, { text: string }>
type CallEvent = Extract<GenerationEvent, { type: 'tool-call' }>
type RawEvent = ReturnType<RawOutputParser['push']>[number]

/** A call of one of the two sources: what the engine gave as a call, and what it leaked. */
interface SourceCall {
  readonly leaked: boolean
  readonly name: string
  readonly id: string | undefined
  arguments: string
  /** Its number for the reader of our events. `undefined` while it is held, because it may be an echo. */
  index: number | undefined
  /** It and a call of the other source are one. */
  matched: boolean
}

class ChoiceRepair {
  readonly #choice: number
  readonly #options: LeakRepairOptions
  /** Made when something is to be read: nearly all answers are as they should be, and never need one. */
  #made: RawOutputParser | undefined
  #borders: PieceBorders | undefined
  /** What passed without a parser, in the order that answers have: the reasoning, then the text. */
  #reasoning = ''
  #text = ''
  /** The engine has not split anything: its text is the raw output. */
  #raw: boolean
  /** By number, of answers that call. */
  #given: Map<number, SourceCall> | undefined
  #leaked: Map<number, SourceCall> | undefined
  /** Calls that the reader of our events knows. */
  #calls = 0

  constructor(choice: number, options: LeakRepairOptions) {
    this.#choice = choice
    this.#options = options
    this.#raw = (options.unsplit ?? false) && thinksFirst(options.request)
  }

  say(event: TextEvent, out: GenerationEvent[]): void {
    const { type, text } = event
    // It splits after all.
    if (type === 'reasoning') this.#raw = false
    if (this.#passes(text, type)) {
      out.push(event)
      return
    }
    const parser = this.#parser()
    const read = this.#read(() => (this.#raw ? parser.push(text) : parser.push(text, type)))
    this.#borders ??= new PieceBorders()
    this.#borders.push(text, read, parser.holds, out)
  }

  #passes(text: string, type: TextEvent['type']): boolean {
    if (this.#raw) return false
    if (this.#made !== undefined) return this.#made.passes(text, type)
    if (text.includes('<') || (type === 'reasoning' && this.#text !== '')) return false
    if (type === 'reasoning') this.#reasoning += text
    else this.#text += text
    return true
  }

  #parser(): RawOutputParser {
    if (this.#made !== undefined) return this.#made
    const { request, onRepair } = this.#options
    const parser = new RawOutputParser({
      start: this.#raw ? { in: 'thought' } : { in: 'text', begun: partialOf(request) !== undefined },
      tools: request.tools,
      mayCall: request.tools.length > 0 && request.toolChoice !== 'none',
      thinking: thinksFirst(request),
      ...(onRepair === undefined ? {} : { onRepair }),
    })
    if (this.#reasoning !== '') parser.passes(this.#reasoning.slice(-REMEMBERED), 'reasoning')
    if (this.#text !== '') parser.passes(this.#text.slice(-REMEMBERED), 'text')
    this.#reasoning = ''
    this.#text = ''
    this.#made = parser
    return parser
  }

  call(event: CallEvent, out: GenerationEvent[]): void {
    const known = this.#given?.get(event.call)
    if (known === undefined) {
      this.settle(out)
      const call = this.#begin(false, event.name ?? '', event.id, event.arguments)
      const { tools } = this.#options.request
      // It is given out all the same, as one that leaks is.
      if (tools.length > 0 && !tools.some((tool) => tool.name === call.name))
        this.#options.onRepair?.('undeclared-tool')
      this.#given = keep(this.#given, event.call, call)
      if (call.index === undefined) return
      out.push(call.index === event.call ? event : { ...event, call: call.index })
      return
    }
    known.arguments += event.arguments
    if (known.index === undefined) return
    out.push(known.index === event.call ? event : { ...event, call: known.index })
  }

  /** Something else comes: what is held is what it is. */
  settle(out: GenerationEvent[]): void {
    this.#readRest((parser) => parser.settle(), out)
  }

  finish(event: Extract<GenerationEvent, { type: 'finish' }>, out: GenerationEvent[]): void {
    const cut = event.reason === 'length' || event.reason === 'content_filter'
    if (this.#raw) this.#parser()
    this.#readRest((parser) => parser.end(cut), out)
    const [given, leaked] = [this.#given ?? NO_CALLS, this.#leaked ?? NO_CALLS]
    for (const call of leaked.values()) if (call.index === undefined) this.#decide(call, given, cut, out)
    for (const call of given.values()) if (call.index === undefined) this.#decide(call, leaked, cut, out)
    const reason: FinishReason = event.reason === 'stop' && this.#calls > 0 ? 'tool_calls' : event.reason
    out.push(reason === event.reason ? event : { ...event, reason })
  }

  #read(step: () => readonly RawEvent[]): GenerationEvent[] {
    const read: GenerationEvent[] = []
    for (const event of withinRawLimits(this.#options.engine, step)) {
      if (event.type === 'tool-call') this.#leak(event, read)
      else read.push({ type: event.type, choice: this.#choice, text: event.text })
    }
    return read
  }

  /** The rest comes before anything else. */
  #readRest(step: (parser: RawOutputParser) => readonly RawEvent[], out: GenerationEvent[]): void {
    const parser = this.#made
    if (parser === undefined) return
    const read = this.#read(() => step(parser))
    if (this.#borders === undefined) out.push(...read)
    else this.#borders.end(read, out)
  }

  #leak(event: Extract<RawEvent, { type: 'tool-call' }>, out: GenerationEvent[]): void {
    const { name, arguments: piece } = event
    const known = this.#leaked?.get(event.call)
    if (known !== undefined) {
      known.arguments += piece
      if (known.index === undefined) return
      out.push({ type: 'tool-call', choice: this.#choice, call: known.index, arguments: piece })
    } else if (name !== undefined) {
      this.#options.onRepair?.('leaked-call')
      const call = this.#begin(true, name, undefined, piece)
      this.#leaked = keep(this.#leaked, event.call, call)
      if (call.index === undefined) return
      out.push({ type: 'tool-call', choice: this.#choice, call: call.index, name, arguments: piece })
    }
  }

  /** A call begins: at once, unless the other source has a call of the same tool that it may be an echo of. */
  #begin(leaked: boolean, name: string, id: string | undefined, piece: string): SourceCall {
    const others = (leaked ? this.#given : this.#leaked) ?? NO_CALLS
    const call: SourceCall = { leaked, name, id, arguments: piece, index: undefined, matched: false }
    for (const other of others.values()) if (other.index !== undefined && other.name === name) return call
    call.index = this.#calls
    this.#calls += 1
    return call
  }

  /** All has been said: is the call that was held an echo? */
  #decide(call: SourceCall, others: ReadonlyMap<number, SourceCall>, cut: boolean, out: GenerationEvent[]): void {
    const { name, id } = call
    const { onRepair } = this.#options
    const candidates = [...others.values()].filter(
      (other) => other.index !== undefined && other.name === name && !other.matched,
    )
    const other =
      candidates.find((candidate) => isSameArguments(candidate.arguments, call.arguments, cut)) ??
      candidates.find((candidate) => candidate.arguments === '' || call.arguments === '')
    if (other === undefined) {
      call.index = this.#calls
      this.#calls += 1
      const known = id === undefined ? {} : { id }
      out.push({ type: 'tool-call', choice: this.#choice, call: call.index, name, ...known, arguments: call.arguments })
      return
    }
    other.matched = true
    if (other.arguments === '' && other.index !== undefined && call.arguments !== '') {
      onRepair?.('leaked-arguments')
      other.arguments = call.arguments
      out.push({ type: 'tool-call', choice: this.#choice, call: other.index, arguments: call.arguments })
    } else onRepair?.('echoed-call')
  }
}

/** How much of what passed a parser is told that comes later: for an id whose begin is missing. */
const REMEMBERED = 4096

/** Behind a prefix the template has closed the thought. */
function thinksFirst(request: LeakRepairOptions['request']): boolean {
  return request.thinking && partialOf(request) === undefined
}

const NO_CALLS: ReadonlyMap<number, SourceCall> = new Map()

function keep(calls: Map<number, SourceCall> | undefined, number: number, call: SourceCall): Map<number, SourceCall> {
  return (calls ?? new Map<number, SourceCall>()).set(number, call)
}
