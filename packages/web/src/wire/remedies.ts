/** What can be done about each refusal, in the order of its buttons (design §5.6). */

import type { Remedy } from '../conversation/index.ts'

const AGAIN: readonly Remedy[] = ['again']
const ROOM: readonly Remedy[] = ['run-when-room']
const OPERATOR: readonly Remedy[] = ['copy-for-operator']
const PLACE: readonly Remedy[] = ['show-place', 'edit']
const GO_ON: readonly Remedy[] = ['go-on', 'again']

const REMEDIES: Readonly<Record<string, readonly Remedy[]>> = {
  fixed_value: ['use-value'],
  missing_reasoning: ['put-back-thinking', 'think-not'],
  forced_tool_with_thinking: ['think-not'],
  web_search_with_thinking: ['think-not'],
  tool_call_id_not_found: PLACE,
  duplicate_tool: PLACE,
  tool_parameters_not_mfjs: PLACE,
  tool_parameters_not_object: PLACE,
  response_schema_not_mfjs: PLACE,
  unsupported_image_url: ['detach-media'],
  unsupported_video_url: ['detach-media'],
  unsupported_image_format: ['detach-media'],
  unsupported_video_format: ['detach-media'],
  window_exceeded: ['show-large', 'edit'],
  content_filter: ['edit'],
  incorrect_api_key: ['enter-key'],
  invalid_authentication: ['enter-key'],
  address_not_allowed: OPERATOR,
  api_not_open: OPERATOR,
  model_not_priced: OPERATOR,
  model_not_found: OPERATOR,
  account_suspended: ['lower-limit'],
  quota_exceeded: ['lower-limit'],
  concurrency_limit: ROOM,
  rpm_limit: ROOM,
  tpm_limit: ROOM,
  tpd_limit: ROOM,
  queue_full: ROOM,
  share_limit: ROOM,
  too_many_attempts: ROOM,
  engine_overloaded: AGAIN,
  engine_unavailable: AGAIN,
  engine_timeout: AGAIN,
  server_busy: AGAIN,
  shutting_down: AGAIN,
  engine_misconfigured: ['copy-id'],
  engine_cut: GO_ON,
  engine_limit: GO_ON,
  engine_protocol: GO_ON,
  engine_refused: ['edit', 'again'],
  engine_lacks: ['edit', 'again'],
  ledger_unavailable: AGAIN,
  limits_unavailable: AGAIN,
  stream_not_found: GO_ON,
  stream_not_kept: GO_ON,
  stream_position: GO_ON,
}

export const remediesOf = (code: string): readonly Remedy[] => REMEDIES[code] ?? ['copy-id', 'edit']
