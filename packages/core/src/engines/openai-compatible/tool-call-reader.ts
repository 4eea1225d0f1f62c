/**
 * The tool calls of one choice, put together from pieces as upstreams really send them: without an index, without an
 * id, with the name late or only inside the id. What leaves here is exact: calls counted without gaps, each beginning
 * with its whole name.
 */

import type { EngineError, GenerationEvent } from '../../generation/index.ts'
import { fieldOf, isAbsent, isObject } from './json-object.ts'

export interface ToolCallLimits {
  /** Calls of one choice. */
  readonly calls: number
  /** Characters of arguments kept back while a call has no name. */
  readonly heldCharacters: number
  /** Characters of arguments of all calls of a reply. */
  readonly argumentCharacters: number
}

/** What the readers of one reply share. */
export interface ToolCallContext {
  readonly limits: ToolCallLimits
  /** Characters of arguments so far, over all choices. */
  argumentCharacters: number
  /** Comes before the first event of a reply. */
  begin(out: GenerationEvent[]): void
  fault(message: string): EngineError
  limit(what: string, size: number, unit: string): EngineError
}

interface Call {
  /** The id its first piece had, if any. */
  readonly id: string | undefined
  name: string | undefined
  /** Arguments that came before the name. Empty once there is one. */
  held: string
  /** Its place among the calls that have a name; meaningless before. */
  call: number
}

export class ToolCallReader {
  readonly #choice: number
  readonly #context: ToolCallContext
  readonly #calls: Call[] = []
  /** The call that an upstream's index stands for now. */
  readonly #byIndex = new Map<number, Call>()
  readonly #byId = new Map<string, Call>()
  /** Calls that have begun for the reader of our events. */
  #named = 0

  constructor(choice: number, context: ToolCallContext) {
    this.#choice = choice
    this.#context = context
  }

  /** Calls whose name is known. */
  get named(): number {
    return this.#named
  }

  /** One element of a `tool_calls` array. `position` stands in for a missing index where the array itself is whole. */
  push(piece: unknown, out: GenerationEvent[], position?: number): void {
    if (!isObject(piece)) throw this.#context.fault('gave a tool call that is no object')
    const { function: called, index } = piece
    const id = textOrNothing(piece['id'])
    const name = textOrNothing(fieldOf(called, 'name'))
    const call = this.#find(position ?? (isWhole(index) ? index : undefined), id, name)
    const pieceOfArguments = this.#arguments(fieldOf(called, 'arguments'))
    if (call.name !== undefined) {
      if (name !== undefined && name !== call.name) {
        throw this.#context.fault('changed the name of a tool call that had begun')
      }
      if (pieceOfArguments === '') return
      out.push({ type: 'tool-call', choice: this.#choice, call: call.call, arguments: pieceOfArguments })
      return
    }
    call.name = name ?? nameInId(id)
    if (call.name === undefined) {
      this.#hold(call, pieceOfArguments)
      return
    }
    this.#context.begin(out)
    call.call = this.#named
    this.#named += 1
    const begun = call.held + pieceOfArguments
    call.held = ''
    out.push({ type: 'tool-call', choice: this.#choice, call: call.call, name: call.name, arguments: begun })
  }

  /** The choice has finished: a call that never had a name can not be given to anybody. */
  end(): void {
    if (this.#named < this.#calls.length) throw this.#context.fault('finished with a tool call that has no name')
  }

  #find(index: number | undefined, id: string | undefined, name: string | undefined): Call {
    if (index !== undefined) {
      const call = this.#byIndex.get(index)
      if (call === undefined) return this.#open(index, id)
      if (id === undefined || call.id === undefined || id === call.id) return call
      // One index, another id: some hosts number every call 0, others make up a new id for each piece. A name tells.
      return this.#byId.get(id) ?? (name === undefined ? call : this.#open(index, id))
    }
    if (id !== undefined) return this.#byId.get(id) ?? this.#open(index, id)
    const last = this.#calls.at(-1)
    // With neither index nor id a second name can only begin a second call.
    return last === undefined || (name !== undefined && last.name !== undefined) ? this.#open(index, id) : last
  }

  #open(index: number | undefined, id: string | undefined): Call {
    const { calls } = this.#context.limits
    if (this.#calls.length === calls) throw this.#context.limit('tool calls of a choice', calls, 'tool calls')
    const call: Call = { id, name: undefined, held: '', call: 0 }
    // Without an index: the next one, so that a host which leaves it out of some pieces only is still understood.
    if (index !== undefined || !this.#byIndex.has(this.#calls.length))
      this.#byIndex.set(index ?? this.#calls.length, call)
    if (id !== undefined) this.#byId.set(id, call)
    this.#calls.push(call)
    return call
  }

  #hold(call: Call, pieceOfArguments: string): void {
    const { heldCharacters } = this.#context.limits
    call.held += pieceOfArguments
    if (call.held.length > heldCharacters) {
      throw this.#context.limit('arguments before the name of a tool call', heldCharacters, 'characters')
    }
  }

  #arguments(value: unknown): string {
    if (isAbsent(value)) return ''
    const text = typeof value === 'string' ? value : this.#serialised(value)
    const context = this.#context
    context.argumentCharacters += text.length
    if (context.argumentCharacters > context.limits.argumentCharacters) {
      throw context.limit('tool arguments', context.limits.argumentCharacters, 'characters')
    }
    return text
  }

  /** Some hosts give the arguments as the object that the text would be. */
  #serialised(value: unknown): string {
    if (typeof value !== 'object') throw this.#context.fault('gave tool arguments that are neither text nor object')
    try {
      return JSON.stringify(value)
    } catch {
      throw this.#context.fault('gave tool arguments that are nested too deep')
    }
  }
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value)
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The model's own form of an id holds the name: `functions.get_weather:0`. */
function nameInId(id: string | undefined): string | undefined {
  return id === undefined ? undefined : /^functions\.(.+):\d+$/.exec(id)?.[1]
}
