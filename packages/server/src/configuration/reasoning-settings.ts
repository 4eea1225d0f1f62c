/** How much of what models thought is kept for `restore-reasoning`, from the file's `limits.reasoning` to values. */

import { DEFAULTS } from './configuration.ts'

/** `limits.reasoning` of the file, as its schema lets it through. */
export interface ReasoningShape {
  keep_ms?: number
  entries?: number
  bytes?: number
}

export interface ReasoningConfiguration {
  /** How long a thought is kept; 0: none is, and the switch does nothing. */
  readonly keepMs: number
  /** Of one organisation. */
  readonly entries: number
  readonly bytes: number
}

export function reasoningFrom(given: ReasoningShape | undefined): ReasoningConfiguration {
  const usual = DEFAULTS.limits.reasoning
  return {
    keepMs: given?.keep_ms ?? usual.keepMs,
    entries: given?.entries ?? usual.entries,
    bytes: given?.bytes ?? usual.bytes,
  }
}
