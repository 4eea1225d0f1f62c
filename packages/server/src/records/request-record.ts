/** One line of the request log: who asked what of whom, and what came of it. Never contents. */

import type { Nano } from './money.ts'
import type { Timeline } from './timeline.ts'

/** What queues, limits and prices go by. */
const REQUEST_CLASSES = ['interactive', 'batch'] as const
export type RequestClass = (typeof REQUEST_CLASSES)[number]

/** A new field stands here, in `newRecord`, in `store/request-columns.ts`, and in one migration of each database. */
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
  /** The API that it came by. */
  readonly api: string
  /** The exchange, response, batch or tool loop that it is a part of. */
  readonly parent: string | null
  readonly class: RequestClass
  /** The part of `cost` that is not for tokens. */
  readonly fees: Nano
  /** What its caller calls it by; at most 1 KB as JSON, and `null` for more. */
  readonly labels: Readonly<Record<string, string>> | null
  /** The work that it belongs to, as its caller names it: all requests of an agent's run, by one index. */
  readonly run: string | null
  /** At most 2 KB as JSON; `null` for more, and where it is not known. */
  readonly timeline: Timeline | null
}

/** Whose it is, and what was asked for. */
export type RequestOrigin = Pick<RequestRecord, 'request' | 'at' | 'organisation' | 'project' | 'key' | 'model'>

/** A line about a request of which nothing else is known yet: nobody answered, and it cost nothing. */
export function newRecord({ request, at, organisation, project, key, model }: RequestOrigin): RequestRecord {
  return {
    request,
    at,
    organisation,
    project,
    key,
    model,
    engine: null,
    servedModel: null,
    streamed: false,
    status: 200,
    error: null,
    prompt: 0,
    cached: 0,
    completion: 0,
    reasoning: 0,
    cost: 0,
    firstTokenMs: null,
    totalMs: 0,
    attempts: 0,
    seams: 0,
    api: 'moonshot',
    parent: null,
    class: 'interactive',
    fees: 0,
    labels: null,
    run: null,
    timeline: null,
  }
}
