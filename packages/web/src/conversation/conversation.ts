/** A conversation as it is kept: turns in a tree, the branch that is shown, and the runs that answered. */

import type {
  Asked,
  Document,
  EpochMs,
  Fault,
  FinishReason,
  Receipt,
  RunEvent,
  RunId,
  TurnId,
  Usage,
  WorkError,
} from './event.ts'
import type { Turn } from './turn.ts'

export interface Conversation {
  readonly turns: Readonly<Record<TurnId, Turn>>
  /** What follows each turn, in the order in which it was made; below `''` stand the beginnings. */
  readonly children: Readonly<Record<TurnId, readonly TurnId[]>>
  /** Which of them is shown; below `''` the beginning. */
  readonly chosen: Readonly<Record<TurnId, TurnId>>
  readonly runs: Readonly<Record<RunId, Run>>
  /** All of a request but its messages. */
  readonly settings: Document
}

/** One stretch in which the answer was of one kind, for the strip and the rates. */
export interface Stretch {
  readonly kind: 'reasoning' | 'text' | 'tool-call'
  readonly from: number
  /** The last event of it. */
  readonly to: number
  /** Events of the wire: what tokens are counted by while it runs. */
  readonly events: number
}

/** Between a break and what came behind it. `to` is absent while nothing has come. */
export interface Gap {
  readonly kind: 'seam' | 'away'
  readonly from: number
  readonly to?: number
}

export interface Call {
  readonly id: string
  readonly name: string
  readonly arguments: string
  /** Ms of its first and last piece. */
  readonly from: number
  readonly to: number
  readonly result?: string
}

export interface Seam {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly reason: string
  /** Ms when it was told. */
  readonly at: number
  /** Where in the texts it is, in UTF-16 units. */
  readonly inReasoning: number
  readonly inText: number
  /** Ms between the last event before it and the first one behind it; absent while nothing has come. */
  readonly gap?: number
}

export interface Run {
  readonly id: RunId
  readonly turn: TurnId
  readonly request: Document
  readonly asked: Asked
  readonly startedAt: EpochMs
  readonly queued?: { readonly ahead?: number; readonly aboutMs?: number }
  readonly head?: Omit<RunEvent & { readonly type: 'head' }, 'type' | 'run'>
  /** The last event of the wire, as far as it was seen. */
  readonly seen: { readonly n: number; readonly part: number; readonly whole: boolean }
  /** Ms of the last event of the wire. */
  readonly lastMs: number
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly Call[]
  readonly stretches: readonly Stretch[]
  readonly gaps: readonly Gap[]
  readonly seams: readonly Seam[]
  readonly finish?: FinishReason
  readonly usage?: Usage
  readonly receipt?: Receipt
  readonly error?: WorkError
  readonly stoppedBy?: 'person' | 'budget' | 'page'
  /** Ms of its end; absent while it runs. What comes later changes the receipt and nothing else. */
  readonly endedMs?: number
  /** Events that were fetched again after the way to the server was gone. */
  readonly fetchedAgain: number
  readonly faults?: { readonly shown: readonly Fault[]; readonly more: number }
}

export const NEW_CONVERSATION: Conversation = { turns: {}, children: {}, chosen: {}, runs: {}, settings: {} }
