/** What parts print (design §5.3, §5.5): phases, strips, figures, notes and blocks. Numbers and keys; the words are the parts'. */

import type { Block } from './block.ts'
import type { Run } from './conversation.ts'
import type { EpochMs, Fault, LenientNote, Remedy, RunId, TurnId, WorkError } from './event.ts'
import type { Phase } from './phase.ts'
import type { Blocks } from './split-blocks.ts'
import type { Part, Role, Turn } from './turn.ts'

export interface ConversationView {
  /** Along the branch that is shown. */
  readonly turns: readonly TurnView[]
  /** The runs that are under way on that branch. */
  readonly running: readonly RunId[]
  /** What the width of every strip stands for: the longest answer, rounded up (§5.2). */
  readonly scaleMs: number
  /** Of all runs on the branch, where the receipts are there. Decimals as text, by currency. */
  readonly spent: readonly { readonly currency: string; readonly amount: string }[]
}

export interface TurnView {
  readonly id: TurnId
  readonly role: Role
  readonly on: boolean
  /** Which of how many stand beside each other, from 0. */
  readonly branch: { readonly index: number; readonly all: readonly TurnId[] }
  /** What a person wrote; of an answer nothing. */
  readonly parts: readonly Part[]
  readonly answers?: string
  readonly answer?: AnswerView
  /** What it was made of: the next view compares with it, and parts do not look at it. */
  readonly of: { readonly turn: Turn; readonly siblings: readonly TurnId[]; readonly runs: readonly Run[] }
}

/** `from` and `to` in ms since the run began. */
export interface Segment {
  readonly kind: 'wait' | 'thinking' | 'answer' | 'tool' | 'break'
  readonly from: number
  readonly to: number
  readonly tokens?: number
  readonly approximate?: boolean
}

export interface Strip {
  readonly segments: readonly Segment[]
  /** Ms of each seam's tick. */
  readonly seams: readonly number[]
  /** Ms of the head while it is alive. */
  readonly head?: number
  readonly totalMs: number
}

/** In the order in which they stand. */
export type Figure =
  | { readonly kind: 'first-token'; readonly ms: number }
  | { readonly kind: 'rate'; readonly tokensPerSecond: number; readonly approximate: boolean }
  | { readonly kind: 'input'; readonly tokens: number; readonly cached: number }
  | { readonly kind: 'answer' | 'thinking'; readonly tokens: number; readonly approximate: boolean }
  /** Decimals as text, all nine. `soFar`: by the prices and what has come; else it is the ledger's. */
  | { readonly kind: 'cost'; readonly amount: string; readonly currency: string; readonly soFar: boolean }
  /** The cost is the ledger's. */
  | { readonly kind: 'settled'; readonly requestId: string }

/** What can be done with an answer, in the order of its buttons. */
export type Action =
  | 'stop'
  | 'stop-waiting'
  | 'skip-thinking'
  | 'go-on'
  | 'raise-limit'
  | 'again'
  | 'edit'
  | 'send-results'

export interface SeamNote {
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly at: number
  readonly gap?: number
  /** Where it is, in UTF-16 units of the thinking and of the text. */
  readonly inReasoning: number
  readonly inText: number
}

export type Note =
  | { readonly kind: 'queued'; readonly ahead?: number; readonly aboutMs?: number }
  | { readonly kind: 'seams'; readonly seams: readonly SeamNote[] }
  | { readonly kind: 'fetched-again'; readonly events: number }
  | {
      readonly kind: 'stopped'
      readonly by: 'person' | 'budget' | 'page'
      readonly during: 'nothing' | 'thinking' | 'answer' | 'call'
    }
  | { readonly kind: 'limit'; readonly limit?: number }
  /** All of the limit went to thinking, and nothing was said. */
  | { readonly kind: 'thought-only'; readonly limit?: number }
  | { readonly kind: 'filtered' }
  | { readonly kind: 'fits-schema' }
  | { readonly kind: 'fits-not'; readonly faults: readonly Fault[]; readonly more: number }
  | { readonly kind: 'failed'; readonly error: WorkError; readonly before: boolean }

export type Chip =
  | { readonly kind: 'no-model' }
  | { readonly kind: 'stand-in'; readonly model: string }
  | { readonly kind: 'lenient'; readonly values: number; readonly notes: readonly LenientNote[] }

export interface ThinkingView {
  /** `off`: none was asked for. `none`: it was, and there is none. */
  readonly state: 'off' | 'none' | 'running' | 'done'
  readonly text: string
  readonly ms: number
  readonly tokens: number
  readonly approximate: boolean
  /** Whether the next request has it. */
  readonly sentBack: boolean
}

export interface CallView {
  readonly index: number
  readonly of: number
  readonly id: string
  readonly name: string
  readonly arguments: string
  /** How many UTF-16 units of the arguments are the beginning of valid JSON. */
  readonly validTo: number
  /** They are whole, and JSON. */
  readonly complete: boolean
  readonly result?: string
}

export interface AnswerView {
  /** The last run of it, and all of them. */
  readonly run: RunId
  readonly runs: readonly RunId[]
  readonly phase: Phase
  readonly alive: boolean
  readonly startedAt: EpochMs
  readonly requestId?: string
  readonly streamId?: string
  readonly model: string
  readonly engine?: string
  readonly strip: Strip
  readonly figures: readonly Figure[]
  readonly thinking: ThinkingView
  /** Of all runs, joined. */
  readonly text: string
  readonly form: 'text' | 'json' | 'schema'
  readonly blocks: readonly Block[]
  /** What the next view reads on from. */
  readonly split: Blocks
  readonly calls: readonly CallView[]
  readonly notes: readonly Note[]
  readonly chips: readonly Chip[]
  readonly actions: readonly Action[]
  readonly remedies: readonly Remedy[]
}
