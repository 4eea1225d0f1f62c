/** What goes wrong upstream, once, when the agent has read the file and is to edit it; and what the request log then says of it. */

export interface Trouble {
  readonly id: string
  /** `fault` of the scenario; without it nothing goes wrong. */
  readonly fault?: Readonly<Record<string, unknown>>
  /** Of the error table: what reaches the agent, once. Without it nothing does. */
  readonly code?: string
  /** It happens behind the server, which routes around it as around any upstream. */
  readonly routed?: true
}

/** Behind the thought and the name of the call, within its arguments. */
const CUT = { cut_after_chunks: 9 }
const BUSY = {
  status: 429,
  type: 'engine_overloaded_error',
  message: 'The engine is currently overloaded, please try again later',
  retry_after: 1,
}
/** As seen live of the hosted platform. */
const FULL = {
  status: 400,
  type: 'invalid_request_error',
  message: 'Invalid request: Your request exceeded model token limit: 262144 (requested: 274613)',
}

export const TROUBLES: readonly Trouble[] = [
  { id: 'plain' },
  { id: 'cut', fault: CUT, code: 'engine_cut' },
  { id: 'cut-routed', fault: CUT, routed: true },
  { id: '429', fault: BUSY, code: 'engine_overloaded' },
  { id: '429-routed', fault: BUSY, routed: true },
  { id: 'overflow', fault: FULL, code: 'window_exceeded' },
]
