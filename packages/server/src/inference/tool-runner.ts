/** Runs what a model has called, all of a round beside each other, within limits and for nobody who has left. */

import type { GenerationEvent, TranscribedCall } from '@moonbase/core/generation'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import type { Fee, InferenceRequest, InferenceService } from './inference.ts'
import { SERVER_TOOL_LIMITS, type ServerToolCall, type ServerTools } from './server-tool.ts'

export interface AnsweredCall {
  readonly call: ServerToolCall
  readonly output: string
}

export interface RunnerParts {
  readonly inner: Pick<InferenceService, 'fee'>
  readonly tools: Pick<ServerTools, 'run'>
  readonly now: () => number
}

export class ToolRunner {
  readonly #parts: RunnerParts
  readonly #request: InferenceRequest
  readonly #signal: AbortSignal
  /** Ids that were given out: engines begin anew with each round. */
  readonly #ids = new Set<string>()
  #fees = 0

  /** @param signal fires when nobody waits for them any more */
  constructor(parts: RunnerParts, request: InferenceRequest, signal: AbortSignal) {
    this.#parts = parts
    this.#request = request
    this.#signal = signal
  }

  /** Those of a round, in the order in which they were called. Each has an id that no other one of the answer has. */
  callsOf(all: readonly TranscribedCall[], numbers: readonly number[]): ServerToolCall[] {
    return numbers.flatMap((number) => {
      const called = all[number]
      if (called === undefined) return []
      const { name, id, arguments: text } = called
      return [{ id: this.#newId(id ?? `${name}:${this.#ids.size}`, name), name, arguments: text }]
    })
  }

  /** @throws what a tool throws, ApiError `tool_limit`, and the signal's reason as soon as that fires */
  runAll(calls: readonly ServerToolCall[]): Promise<AnsweredCall[]> {
    return Promise.all(calls.map((call) => this.#run(call)))
  }

  async #run(call: ServerToolCall): Promise<AnsweredCall> {
    const signal = this.#signal
    const { id: parent, caller } = this.#request
    const output = await unlessAborted(signal, () =>
      this.#parts.tools.run(call, { caller, parent, signal, fee: (what, work) => this.#fee(what, work) }),
    )
    const bytes = Buffer.byteLength(output)
    const { outputBytes } = SERVER_TOOL_LIMITS
    if (bytes > outputBytes) {
      const reason = `${call.name} said ${bytes} bytes`
      throw apiErrorWith('tool_limit', { reason }, { limit: outputBytes, unit: 'bytes of output' })
    }
    return { call, output }
  }

  #fee<Result>(what: Fee['what'], work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#fees += 1
    const { id, caller, api, labels, draft } = this.#request
    return this.#parts.inner.fee(
      {
        id: `${id}.fee.${this.#fees}`,
        parent: id,
        caller,
        api,
        class: this.#request.class,
        arrivedAt: this.#parts.now(),
        what,
        model: draft.model,
        signal: this.#signal,
        ...(labels === undefined ? {} : { labels }),
      },
      work,
    )
  }

  #newId(wished: string, name: string): string {
    let id = wished
    for (let number = this.#ids.size; this.#ids.has(id); number += 1) id = `${name}:${number}`
    this.#ids.add(id)
    return id
  }
}

export function toolEvent(call: ServerToolCall, output: string | undefined): GenerationEvent {
  const { id, name, arguments: input } = call
  return { type: 'server-tool', choice: 0, name, id, state: output === undefined ? 'begun' : 'done', input, output }
}

/** A tool that does not listen to the signal keeps nobody waiting: what it says then is said to nobody. */
function unlessAborted<Result>(signal: AbortSignal, begin: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      const { reason } = signal
      reject(reason instanceof Error ? reason : apiError('client_closed'))
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    const done = (): void => signal.removeEventListener('abort', stop)
    void begin().then(resolve, reject).finally(done)
  })
}
