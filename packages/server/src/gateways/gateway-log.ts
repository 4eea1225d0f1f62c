/** A line of a gateway's log: what was asked of whom, and what came of it. Contents are apart. */

import type { GatewayMetadata } from './gateway.ts'

export interface GatewayLog {
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  /** Whose key it was: bodies are shown to keys of the same project only. */
  readonly project: string
  readonly eventId: string
  readonly provider: string
  readonly model: string
  /** Behind the provider. */
  readonly path: string
  readonly step: number
  /** From the cache: no engine was asked, and nothing is paid. */
  readonly cached: boolean
  readonly success: boolean
  readonly statusCode: number
  /** Milliseconds. */
  readonly duration: number
  readonly tokensIn: number | null
  readonly tokensOut: number | null
  /** In units of the account's currency. */
  readonly cost: number
  /** Whether that is by the word of whoever asked. */
  readonly customCost: boolean
  readonly metadata: GatewayMetadata
  readonly streamed: boolean
  readonly requestContentType: string
  readonly responseContentType: string | null
  /** Bytes. */
  readonly requestSize: number
  readonly responseSize: number
  /** What was said of it afterwards. */
  readonly feedback: -1 | 1 | null
  readonly score: number | null
}

/** What may be said of it afterwards. */
export type LogPatch = Partial<Pick<GatewayLog, 'feedback' | 'score' | 'metadata'>>

export const BODIES = ['request', 'response'] as const
export type BodySide = (typeof BODIES)[number]

/** The beginning of a body. */
export interface LoggedBody {
  readonly text: string
  readonly complete: boolean
}
