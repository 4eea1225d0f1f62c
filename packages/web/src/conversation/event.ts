/**
 * All that can happen to a conversation (design §8). Live streams, re-attached streams, files and whole replies become the
 * same events, so one fold reads them all.
 *
 * `ms` are milliseconds since the run began, measured where the bytes arrived; `at` are milliseconds since the Unix epoch.
 */

import type { Part, Role } from './turn.ts'

export type RunId = string
export type TurnId = string
export type EpochMs = number

/** A request or settings as JSON: kept, compared and handed on, but never looked into here. */
export type Document = Readonly<Record<string, unknown>>

/** What a view has to know of what was asked. */
export interface Asked {
  readonly model: string
  readonly thinking: boolean
  /** The most tokens that the answer may take, thinking included. */
  readonly limit?: number
  readonly form: 'text' | 'json' | 'schema'
}

/** Why an answer ended. Any other word is kept as it came and shown as a limit nobody knows. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

export interface ServedBy {
  readonly model: string
  readonly engine: string
  /** The stand-in that runs no model. */
  readonly offline?: boolean
}

/** Values of a request that the server replaced, by the switch that let them pass. */
export interface LenientNote {
  readonly name: string
  readonly fields: readonly string[]
}

/** Tokens. `output` has the thinking in it. */
export interface Usage {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly thinking: number
}

/** What the ledger says. Money is decimals as text. */
export interface Receipt {
  readonly cost: string
  readonly currency: string
  readonly hit: number
  readonly miss: number
  readonly output: number
  readonly engine: string
  readonly held: string
}

/** What can be done about an error, in the order of its buttons. The words are the parts'. */
export type Remedy =
  | 'again'
  | 'again-soon'
  | 'copy-id'
  | 'copy-for-operator'
  | 'detach-media'
  | 'edit'
  | 'enter-key'
  | 'fetch-media'
  | 'go-on'
  | 'lower-limit'
  | 'open-request'
  | 'pick-engine'
  | 'put-back-thinking'
  | 'recharge'
  | 'run-when-room'
  | 'show-large'
  | 'show-place'
  | 'think-not'
  | 'upload'
  | 'use-value'

/** A failure with everything that is said of it. */
export interface WorkError {
  /** The key of our own sentence. */
  readonly sentence: string
  /** What the sentence says by name: values, counts, places. */
  readonly parameters: Readonly<Record<string, string>>
  readonly remedies: readonly Remedy[]
  /** The platform's words, as they came. */
  readonly words: string
  readonly status?: number
  readonly type?: string
  readonly requestId?: string
  /** When it may be tried again. */
  readonly retryAt?: EpochMs
}

/** Where on the wire something came: `n` numbers its events from 1. */
export interface WirePlace {
  readonly n: number
  /** Which of several things in that event, from 0. */
  readonly part?: number
  /** Another thing of the same event follows: it has not been seen as a whole. */
  readonly more?: boolean
}

interface OfRun {
  readonly run: RunId
  readonly ms: number
}

export type RunEvent =
  | (OfRun & {
      readonly type: 'head'
      readonly status: number
      readonly requestId: string
      readonly streamId?: string
      readonly servedBy?: ServedBy
      readonly lenient?: readonly LenientNote[]
      readonly countsApproximate: boolean
    })
  /** In the queue; absent numbers are not known. */
  | (OfRun & { readonly type: 'queued'; readonly ahead?: number; readonly aboutMs?: number })
  | (OfRun & WirePlace & { readonly type: 'reasoning' | 'text'; readonly text: string })
  | (OfRun &
      WirePlace & {
        readonly type: 'tool-call'
        /** Which call of the answer, from 0. */
        readonly call: number
        readonly id?: string
        readonly name?: string
        readonly arguments: string
      })
  /** `key` is the same for every reader of the stream: a seam that is told twice is one. */
  | (OfRun & {
      readonly type: 'seam'
      readonly key: string
      readonly from: string
      readonly to: string
      readonly reason: string
    })
  | (OfRun & WirePlace & { readonly type: 'finish'; readonly reason: FinishReason })
  | (OfRun & { readonly type: 'usage'; readonly usage: Usage })
  | (OfRun & { readonly type: 'receipt'; readonly receipt: Receipt })
  /** An event of the wire that says nothing to a conversation but that it was seen: a role, the end mark. */
  | (OfRun & WirePlace & { readonly type: 'passed' })
  | (OfRun & { readonly type: 'fail'; readonly error: WorkError })
  | (OfRun & { readonly type: 'stop'; readonly by: 'person' | 'budget' | 'page' })
  /** The bytes are over. Without a `finish` before it that is a failure, said by `cut`. */
  | (OfRun & { readonly type: 'end'; readonly cut: WorkError })
  /** The way to the server was gone; the answer is asked for again behind event `after`. */
  | (OfRun & { readonly type: 'reattach'; readonly after: number })
  | (OfRun & { readonly type: 'caught-up'; readonly events: number })
  /** The answer was held against the schema that was asked for: no fault, or the first of them. */
  | (OfRun & { readonly type: 'checked'; readonly faults: readonly Fault[]; readonly more: number })

export interface Fault {
  /** A JSON pointer into the answer. */
  readonly path: string
  readonly words: string
}

/** What a person does. */
export type PersonEvent =
  /** A new turn behind `after`, `null`: the first. What followed there follows the new one. */
  | {
      readonly type: 'turn'
      readonly turn: TurnId
      readonly after: TurnId | null
      readonly role: Role
      readonly parts: readonly Part[]
      readonly answers?: string
      readonly at: EpochMs
    }
  /** Other contents make a branch: `as` stands beside `turn`, and is gone on with. */
  | {
      readonly type: 'edit'
      readonly turn: TurnId
      readonly as: TurnId
      readonly parts: readonly Part[]
      readonly role?: Role
      readonly at: EpochMs
    }
  /** Goes on with this one of several that stand beside each other. */
  | { readonly type: 'branch'; readonly turn: TurnId }
  | { readonly type: 'remove'; readonly turn: TurnId }
  /** One place up or down on the path that is shown. */
  | { readonly type: 'move'; readonly turn: TurnId; readonly by: -1 | 1 }
  /** Off: kept, and left out of what is sent. */
  | { readonly type: 'switch'; readonly turn: TurnId; readonly on: boolean }
  /** What a call gave, written by hand or from an example. `null` takes it back. */
  | { readonly type: 'result'; readonly run: RunId; readonly call: number; readonly text: string | null }
  | { readonly type: 'settings'; readonly settings: Document }

/** A run is begun: of a new answer behind `after`, or of one that is there and is gone on with. */
export interface RunBegun {
  readonly type: 'run'
  readonly run: RunId
  readonly turn: TurnId
  readonly after: TurnId | null
  /** As it is sent; media stand in it by their digest. */
  readonly request: Document
  readonly asked: Asked
  readonly at: EpochMs
}

export type WorkEvent = RunBegun | RunEvent | PersonEvent
