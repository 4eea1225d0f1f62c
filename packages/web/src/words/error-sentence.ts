/** The sentence that stands over the platform's words: what to do, by the key of the failure. */

import type { Remedy, WorkError } from '../conversation/index.ts'
import type { Say, WordKey } from './say.ts'

type Plain =
  | 'errThinkingOff'
  | 'errToolPlace'
  | 'errSchemaPlace'
  | 'errMediaAddress'
  | 'errMediaFormat'
  | 'errContentFilter'
  | 'errKey'
  | 'errOperator'
  | 'errModel'
  | 'errConcurrency'
  | 'errMinute'
  | 'errTokensMinute'
  | 'errDay'
  | 'errQueue'
  | 'errAttempts'
  | 'errEngineAway'
  | 'errServerBusy'
  | 'errCut'
  | 'errRefusedByEngine'
  | 'errTooLarge'
  | 'errLedger'
  | 'errStream'
  | 'errNetwork'
  | 'errRequest'
  | 'errEmpty'
  | 'errResults'

const SENTENCES: Readonly<Record<string, Plain & WordKey>> = {
  forced_tool_with_thinking: 'errThinkingOff',
  web_search_with_thinking: 'errThinkingOff',
  fixed_thinking: 'errThinkingOff',
  tool_call_id_not_found: 'errToolPlace',
  duplicate_tool: 'errToolPlace',
  tool_parameters_not_mfjs: 'errToolPlace',
  tool_parameters_not_object: 'errToolPlace',
  missing_tool_results: 'errResults',
  response_schema_not_mfjs: 'errSchemaPlace',
  unsupported_image_url: 'errMediaAddress',
  unsupported_video_url: 'errMediaAddress',
  unsupported_image_format: 'errMediaFormat',
  unsupported_video_format: 'errMediaFormat',
  image_not_fetched: 'errMediaAddress',
  content_filter: 'errContentFilter',
  incorrect_api_key: 'errKey',
  invalid_authentication: 'errKey',
  address_not_allowed: 'errOperator',
  api_not_open: 'errOperator',
  api_absent: 'errOperator',
  model_not_priced: 'errOperator',
  model_not_found: 'errModel',
  concurrency_limit: 'errConcurrency',
  rpm_limit: 'errMinute',
  tpm_limit: 'errTokensMinute',
  tpd_limit: 'errDay',
  estimate_limit: 'errMinute',
  queue_full: 'errQueue',
  share_limit: 'errConcurrency',
  detached_limit: 'errConcurrency',
  stream_limit: 'errConcurrency',
  too_many_attempts: 'errAttempts',
  engine_overloaded: 'errEngineAway',
  engine_unavailable: 'errEngineAway',
  engine_timeout: 'errEngineAway',
  server_busy: 'errServerBusy',
  shutting_down: 'errServerBusy',
  internal: 'errServerBusy',
  engine_cut: 'errCut',
  engine_limit: 'errCut',
  engine_protocol: 'errCut',
  cut: 'errCut',
  engine_refused: 'errRefusedByEngine',
  engine_lacks: 'errRefusedByEngine',
  body_too_large: 'errTooLarge',
  headers_too_large: 'errTooLarge',
  body_timeout: 'errTooLarge',
  body_too_slow: 'errTooLarge',
  ledger_unavailable: 'errLedger',
  limits_unavailable: 'errLedger',
  stream_not_found: 'errStream',
  stream_not_kept: 'errStream',
  stream_position: 'errStream',
  network: 'errNetwork',
  offline: 'errNetwork',
  empty_message: 'errEmpty',
  empty_text: 'errEmpty',
  invalid_request: 'errRequest',
  invalid_part: 'errRequest',
  unknown_field: 'errRequest',
  two_switches: 'errRequest',
  stop_array_too_long: 'errRequest',
}

function over({ limit, requested }: Readonly<Record<string, string>>): string {
  const tokens = Number(requested) - Number(limit)
  return Number.isFinite(tokens) && tokens > 0 ? tokens.toLocaleString('en') : ''
}

/** One sentence; for what nobody knows, status and type. */
export function errorSentence(error: WorkError, say: Say): string {
  const { sentence, parameters } = error
  switch (sentence) {
    case 'fixed_value':
      return say('errFixedValue', parameters['value'] ?? '', parameters['parameter'] ?? '')
    case 'missing_reasoning':
      return say('errMissingReasoning', parameters['index'] ?? '')
    case 'window_exceeded':
    case 'input_too_long':
      return say('errTooLong', parameters['over'] ?? over(parameters))
    case 'account_suspended':
    case 'quota_exceeded': {
      const { balance, hold } = parameters
      return balance === undefined || hold === undefined ? say('errMoney') : say('errMoneyKnown', balance, hold)
    }
    case 'engine_misconfigured':
      return say('errMisconfigured', error.requestId ?? '')
    default: {
      const key = SENTENCES[sentence]
      return key === undefined ? say('errOther', String(error.status ?? ''), error.type ?? '') : say(key)
    }
  }
}

type Act = Extract<WordKey, `act${string}`>
type PlainAct = Exclude<Act, 'actUseValue' | 'actAgainIn'>

const ACTS: Readonly<Record<Exclude<Remedy, 'use-value'>, PlainAct>> = {
  again: 'actAgain',
  'again-soon': 'actAgain',
  'copy-id': 'actCopyId',
  'copy-for-operator': 'actCopyForOperator',
  'detach-media': 'actRemoveMedia',
  edit: 'actEdit',
  'enter-key': 'actEnterKey',
  'fetch-media': 'actRemoveMedia',
  'go-on': 'actGoOn',
  'lower-limit': 'actLowerLimit',
  'open-request': 'actCopyId',
  'pick-engine': 'actOtherEngine',
  'put-back-thinking': 'actPutBack',
  recharge: 'actCopyForOperator',
  'run-when-room': 'actWhenRoom',
  'show-large': 'actShowLarge',
  'show-place': 'actShowPlace',
  'think-not': 'actThinkingOff',
  upload: 'actRemoveMedia',
}

/** What the button of a remedy says. */
export function remedySays(remedy: Remedy, error: WorkError, say: Say): string {
  if (remedy === 'use-value') return say('actUseValue', error.parameters['value'] ?? '')
  return say(ACTS[remedy])
}
