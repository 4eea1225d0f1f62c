/** What the measuring process asks of the generator, and what it hears back. */

import type { Prompt } from '../prompts/prompt.ts'
import type { Scene } from '../script.ts'
import type { Summary } from '../statistics.ts'
import type { WireName } from '../wires.ts'

export interface Target {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** One run of load against one subject. */
export interface LoadOrder {
  readonly scene: Scene
  /** The small request of 1 KB when absent. */
  readonly prompt?: Prompt
  /** The target's own, which is Moonshot's, when absent. */
  readonly wire?: WireName
  readonly target: Target
  /** Closed loop: each connection asks again as soon as it has its answer. With a rate: the most that may be open. */
  readonly connections: number
  /** Open loop: as many requests a second, whether or not the ones before are answered. */
  readonly perSecond?: number
  /** Counts what is asked in the window instead, whenever its answer ends: where answers may take longer than it. */
  readonly countsAsked?: boolean
  /** Load that is not counted, before the window. */
  readonly settleMs: number
  /** The window: only what ends in it counts, and CPU is read at its two edges. */
  readonly windowMs: number
  /** The processes of the subject, whose CPU is read. */
  readonly pids: readonly number[]
}

export interface LoadResult {
  /** The window as it really was, in seconds. */
  readonly seconds: number
  /** Right and complete answers that ended in the window. */
  readonly answers: number
  /** Chunks of text that arrived in the window. */
  readonly pieces: number
  /** CPU of the subject in the window, in seconds. */
  readonly cpuSeconds: number
  /** CPU of this generator in the window, in seconds: near `seconds` it is the generator that was measured. */
  readonly generatorCpuSeconds: number
  /** Microseconds from the request's last byte sent to the answer's last byte, of each answer. */
  readonly wholeUs: Summary
  /** Microseconds from the request to the first chunk of text. */
  readonly firstPieceUs: Summary
  /** Microseconds from the upstream's write of a chunk to its arrival. Only where chunks are stamped. */
  readonly pieceUs: Summary
  /** How often each thing went wrong, counted over the whole run, not only in the window. */
  readonly faults: Readonly<Record<string, number>>
  /** The first bad answer, cut, to look at. */
  readonly firstBadAnswer?: string
  /** What came of the heavy client beside it, if there was one. */
  readonly heavy?: PressResult
}

/** Idle streams: opened, kept until the next order, then closed. */
export interface HoldOrder {
  readonly target: Target
  readonly streams: number
}

export interface HoldResult {
  /** Streams that have had their first chunk and are open. */
  readonly ready: number
  readonly faults: Readonly<Record<string, number>>
}

/** Somebody who asks as fast as answers come, until told to stop: what others are measured beside. */
export interface PressOrder {
  readonly scene: Scene
  readonly prompt?: Prompt
  readonly target: Target
  readonly connections: number
  /** The prompt does not fit, and the right answer is the refusal that says so. */
  readonly tooLong?: boolean
}

export interface PressResult {
  readonly answers: number
  readonly seconds: number
  readonly faults: Readonly<Record<string, number>>
  readonly firstBadAnswer?: string
}

export type Command =
  | { readonly type: 'load'; readonly order: LoadOrder }
  | { readonly type: 'hold'; readonly order: HoldOrder }
  | { readonly type: 'release' }
  | { readonly type: 'press'; readonly order: PressOrder }
  | { readonly type: 'relax' }

/** The channel to the generator is between our own processes: the name of a message is all there is to check. */
export function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'type' in value
}

export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'loaded'; readonly result: LoadResult }
  | { readonly type: 'held'; readonly result: HoldResult }
  | { readonly type: 'released' }
  | { readonly type: 'pressing' }
  | { readonly type: 'relaxed'; readonly result: PressResult }
  | { readonly type: 'failed'; readonly message: string }
