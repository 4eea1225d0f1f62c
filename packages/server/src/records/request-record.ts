/** One line of the request log: who asked what of whom, and what came of it. Never contents. */

import type { Nano } from './money.ts'

export interface RequestRecord {
  readonly request: string
  /** When it arrived, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly organisation: string
  readonly project: string
  readonly key: string
  readonly model: string
  /** Who answered (the engine of the configuration, not its replica); `null` where nobody did. */
  readonly engine: string | null
  /** The model that really answered. */
  readonly servedModel: string | null
  readonly streamed: boolean
  /** HTTP status of the reply. */
  readonly status: number
  /** Code of the error table: of the refusal, or of the failure inside a stream. */
  readonly error: string | null
  /** Tokens. `prompt` includes `cached`, `completion` includes `reasoning`. All 0 for what is not paid. */
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly reasoning: number
  readonly cost: Nano
  readonly firstTokenMs: number | null
  readonly totalMs: number
  readonly attempts: number
  readonly seams: number
}
