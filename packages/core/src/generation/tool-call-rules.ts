/**
 * What a client may expect of the calls of an answer, whatever an engine makes of them: none where none may be made, and
 * arguments that are there.
 *
 * - No tools, or `tool_choice: "none"`: calls are not given out, as those are not that leak as text.
 * - Blank arguments are `{}`: a tool without parameters is called with them left out, null or empty (seen behind strands-agents
 *   and CopilotKit).
 * - Arguments that are the JSON of a string, which holds the JSON of an object, are that object (MoonshotAI/Kimi-K2 issue 26).
 *   They are held until the choice ends. Other JSON, and what is none, passes as it was written.
 */

import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'
import type { GenerationRequest } from './request.ts'

export type CallRepair = 'forbidden-call' | 'blank-arguments' | 'wrapped-arguments'

type CallEvent = GenerationEvent & { readonly type: 'tool-call' }
type FinishEvent = GenerationEvent & { readonly type: 'finish' }

/** Characters of arguments that are held in one answer. */
const MOST_HELD = 4 * 1024 * 1024

/** Most answers call nothing. */
const NONE: readonly Call[] = []

interface Call {
  readonly choice: number
  readonly call: number
  /** They begin with a quote, and nothing of them was given out. Else they are as they came, or have not begun. */
  held: string | undefined
  begun: boolean
}

/** One for each generation: the calls that were begun before it are told. */
export class ToolCallRules {
  readonly #engine: string
  readonly #mayCall: boolean
  readonly #note: (kind: CallRepair) => void
  /** Of all choices, in the order in which they began. */
  #calls: readonly Call[] = NONE
  #held = 0
  #forbidden = false

  constructor(
    engine: string,
    { tools, toolChoice }: Pick<GenerationRequest, 'tools' | 'toolChoice'>,
    begun: readonly { readonly arguments: string }[],
    note: (kind: CallRepair) => void,
  ) {
    this.#engine = engine
    this.#mayCall = tools.length > 0 && toolChoice !== 'none'
    this.#note = note
    if (begun.length === 0) return
    this.#calls = begun.map((known, call) => ({
      choice: 0,
      call,
      held: undefined,
      begun: known.arguments.trim() !== '',
    }))
  }

  /** Adds to `out` what may be given out. Throws an `EngineError` of kind `limit` for more than is held. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if (event.type === 'tool-call') this.#pass(event, out)
    else if (event.type === 'finish') this.#finish(event, out)
    else out.push(event)
  }

  #pass(event: CallEvent, out: GenerationEvent[]): void {
    if (!this.#mayCall) {
      if (!this.#forbidden) this.#note('forbidden-call')
      this.#forbidden = true
      return
    }
    const call = this.#callOf(event)
    if (call.held !== undefined) {
      this.#hold(call, event.arguments)
      return
    }
    const written = call.begun ? event.arguments : event.arguments.trimStart()
    if (!call.begun && written.startsWith('"')) {
      call.held = ''
      this.#hold(call, written)
      if (event.name !== undefined) out.push({ ...event, arguments: '' })
      return
    }
    call.begun ||= written !== ''
    if (written !== '' || event.name !== undefined)
      out.push(written === event.arguments ? event : { ...event, arguments: written })
  }

  #finish(event: FinishEvent, out: GenerationEvent[]): void {
    const isWhole = event.reason === 'stop' || event.reason === 'tool_calls'
    for (const call of this.#calls) {
      if (call.choice !== event.choice) continue
      const rest = isWhole ? this.#whole(call) : (call.held ?? '')
      if (rest !== '') out.push({ type: 'tool-call', choice: call.choice, call: call.call, arguments: rest })
    }
    if (this.#calls.length > 0) this.#calls = this.#calls.filter(({ choice }) => choice !== event.choice)
    out.push(this.#forbidden && event.reason === 'tool_calls' ? { ...event, reason: 'stop' } : event)
  }

  /** What is still to be said of a call that is whole. */
  #whole({ held, begun }: Call): string {
    if (held !== undefined) {
      const inner = unwrapped(held)
      if (inner !== undefined) this.#note('wrapped-arguments')
      return inner ?? held
    }
    if (begun) return ''
    this.#note('blank-arguments')
    return '{}'
  }

  #callOf({ choice, call }: CallEvent): Call {
    const known = this.#calls.find((one) => one.call === call && one.choice === choice)
    if (known !== undefined) return known
    const begun: Call = { choice, call, held: undefined, begun: false }
    this.#calls = [...this.#calls, begun]
    return begun
  }

  #hold(call: Call, piece: string): void {
    call.held = (call.held ?? '') + piece
    this.#held += piece.length
    if (this.#held <= MOST_HELD) return
    const limit = { size: MOST_HELD, unit: 'characters' }
    throw new EngineError('limit', 'wrote arguments as one string that is too long', { engine: this.#engine, limit })
  }
}

/** The JSON of an object that stands in a string of JSON. */
function unwrapped(json: string): string | undefined {
  const inner = parsed(json)
  if (typeof inner !== 'string') return undefined
  const value = parsed(inner)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? inner : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Malformed arguments are the model's, and pass as they are.
    return undefined
  }
}
