/** What can be measured: something that stands between a client and the upstream, or nothing at all. */

import type { Target } from '../load/order.ts'

export const SUBJECT_KINDS = ['direct', 'moonbase', 'exact-counts', 'no-accounts', 'nginx', 'portkey'] as const
export type SubjectKind = (typeof SUBJECT_KINDS)[number]

export interface Subject {
  readonly kind: SubjectKind
  /** Its kind, and `@` and a name where it is another checkout's. */
  readonly name: string
  /** What it is, for whoever reads the figures. */
  readonly about: string
  /** Why it cannot be measured here; `undefined` when it can. */
  absence(): string | undefined
  /** Whether it runs on Node, and so can be looked into. */
  readonly isNode: boolean
  /** Starts it on a core, listening on 127.0.0.1 only. */
  start(upstreamPort: number, core: number | undefined, how?: HowToStart): Promise<RunningSubject>
}

export interface HowToStart {
  /** With an inspector, where it is a Node. */
  readonly isInspected?: boolean
}

export interface RunningSubject {
  readonly target: Target
  /** The same for a client of another organisation, where there are any. */
  readonly neighbour?: Target
  /** From the start of the process to its being ready, in milliseconds. Absent where there is no process. */
  readonly startMs?: number
  /** The address of its inspector, when it was started with one. */
  readonly inspector?: string
  /** Its processes, as they are now. */
  pids(): readonly number[]
  stop(): Promise<void>
}

export const CHAT_PATH = '/v1/chat/completions'
