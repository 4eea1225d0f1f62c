/** What is known of one run while it goes on: log lines, metrics, spans, records and headers are made of it. No contents are told. */

import type { Transcript, Usage } from '../generation/index.ts'
import { RoutingTrace } from '../routing/index.ts'

export interface RunFacts {
  /** The model that was asked for, by catalogue id. */
  readonly model: string
  readonly streamed: boolean
  /** When it was asked for, in milliseconds since the Unix epoch. */
  readonly arrivedAt: number
  /** The replica that began the answer, as soon as it has. */
  engine?: string
  /** The model that really answers. */
  servedModel?: string
  /** Milliseconds from `arrivedAt` to the first event; of streams only. */
  firstTokenMs?: number
  /** Milliseconds from `arrivedAt` to the first that followed a thought and is none: noted by who writes it to a client. */
  firstAnswerMs?: number
  /** What was generated, known at the end, whoever counted it. */
  usage?: Usage
  /** Whether the engine has told its usage, but for its thought; known at the end. */
  reported?: boolean
  /** Whether figures are estimates, of the engine or of ours: by the engine's word at first, by what was counted at the end. */
  approximate?: boolean
  readonly trace: RoutingTrace
  /** What was generated, as far as it has come; absent until an engine may be asked. */
  transcript?: Transcript
}

export function newRunFacts(model: string, streamed: boolean, arrivedAt: number): RunFacts {
  return { model, streamed, arrivedAt, trace: new RoutingTrace() }
}
