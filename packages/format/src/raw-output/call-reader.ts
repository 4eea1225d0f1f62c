/** The calls of one answer: names found, arguments given out as they come, numbers without gaps, limits kept. */

import type { PromptTool } from '../prompt.ts'
import { declares, nameByArguments, nameInId, nameOfLastResort } from './call-name.ts'
import { OpenCall } from './open-call.ts'
import type { RawEvent, RawPlace } from './raw-event.ts'
import { RawOutputLimitError, type RawOutputLimits } from './raw-output-limits.ts'
import type { RepairKind } from './repair-kind.ts'

export interface CallReaderOptions {
  readonly start: RawPlace
  readonly tools: readonly PromptTool[]
  /** `false`: calls are read and not given out. */
  readonly mayCall: boolean
  readonly limits: RawOutputLimits
  readonly give: (event: RawEvent) => void
  readonly onRepair: (kind: RepairKind) => void
}

/** `begin`, then `add`, then `close`, call after call. `begin` and `add` throw a `RawOutputLimitError`. */
export class CallReader {
  readonly #options: CallReaderOptions
  #call: OpenCall | undefined
  #count = 0
  #argumentCharacters = 0
  #failure: RawOutputLimitError | undefined

  constructor(options: CallReaderOptions) {
    const { start } = options
    this.#options = options
    if (start.in === 'calls') this.#count = start.calls
    if (start.in !== 'arguments') return
    this.#count = start.call + 1
    this.#call = new OpenCall('', start.name, start.arguments)
    this.#call.index = start.call
  }

  /** Calls that were given out, those before the start included. */
  get count(): number {
    return this.#count
  }

  /** What was thrown. */
  get failure(): RawOutputLimitError | undefined {
    return this.#failure
  }

  /** `undefined` when nobody was told of a call. */
  get place(): RawPlace | undefined {
    const call = this.#call
    if (call?.index !== undefined && call.name !== undefined) {
      return { in: 'arguments', call: call.index, name: call.name, arguments: call.arguments }
    }
    return this.#count > 0 ? { in: 'calls', calls: this.#count } : undefined
  }

  /** @param id as the model wrote it, without white space around it; empty when it wrote none */
  begin(id: string): void {
    const { tools, mayCall, onRepair } = this.#options
    const found = nameInId(id, tools)
    const call = new OpenCall(id, found?.name)
    this.#call = call
    if (!mayCall) {
      call.dropped = true
      onRepair('forbidden-call')
    } else if (found !== undefined) {
      if (found.slip !== undefined) onRepair(found.slip)
      this.#give(call, found.name)
    }
  }

  add(text: string): void {
    const call = this.#call
    const certain = call?.add(text) ?? ''
    if (call === undefined || certain === '') return
    const { argumentCharacters, heldCharacters } = this.#options.limits
    this.#argumentCharacters += certain.length
    if (this.#argumentCharacters > argumentCharacters) {
      throw this.#limit('tool arguments', argumentCharacters, 'characters')
    }
    if (call.dropped) return
    if (call.index !== undefined) this.#options.give({ type: 'tool-call', call: call.index, arguments: certain })
    else if (call.arguments.length > heldCharacters) this.#nameByArguments(call)
  }

  close(): void {
    const call = this.#call
    this.#call = undefined
    if (call === undefined || call.dropped) return
    if (call.index === undefined) this.#nameByArguments(call)
    if (call.index === undefined) return
    if (call.arguments === '') {
      this.#options.onRepair('empty-arguments')
      this.#options.give({ type: 'tool-call', call: call.index, arguments: '{}' })
    } else if (!call.wellFormed) this.#options.onRepair('malformed-arguments')
  }

  /** The answer ends in the middle: what was kept back of a call is given out, and it stays open. */
  cutOff(): void {
    const call = this.#call
    if (call !== undefined && !call.dropped && call.index === undefined) this.#nameByArguments(call)
  }

  #nameByArguments(call: OpenCall): void {
    const { tools, onRepair } = this.#options
    const name = nameByArguments(call.arguments, tools) ?? nameOfLastResort(call.id)
    if (name === undefined) {
      call.dropped = true
      onRepair('unnamed-call')
    } else {
      onRepair('foreign-id')
      this.#give(call, name)
    }
  }

  /** Gives out the first piece of a call, with the arguments that were kept back. */
  #give(call: OpenCall, name: string): void {
    const { tools, limits, give, onRepair } = this.#options
    if (this.#count >= limits.calls) throw this.#limit('an answer', limits.calls, 'tool calls')
    if (tools.length > 0 && !declares(tools, name)) onRepair('undeclared-tool')
    call.name = name
    call.index = this.#count
    this.#count += 1
    const rawId = call.id === '' ? {} : { rawId: call.id }
    give({ type: 'tool-call', call: call.index, name, ...rawId, arguments: call.arguments })
  }

  #limit(what: string, size: number, unit: string): RawOutputLimitError {
    this.#failure = new RawOutputLimitError(what, size, unit)
    return this.#failure
  }
}
