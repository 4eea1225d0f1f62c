/**
 * The error table: every refusal this API knows, with its status, its `error.type` and its words.
 *
 * The table is closed. A code without a status, a type or words cannot be written, and a code whose words hold `{names}`
 * cannot be raised without giving each of them. Rows marked *documented* carry the words of Moonshot's error page or of
 * a measured reply; rows marked *pattern* follow the pattern of user reports; rows marked *own* cover what the hosted
 * platform answered with a gateway's HTML page, or not at all. `docs/contract.md` says why each was chosen.
 */

interface ErrorRow {
  readonly status: number
  readonly type: string
  readonly words: string
}

export const ERRORS = {
  // 400, documented.
  content_filter: {
    status: 400,
    type: 'content_filter',
    words: 'The request was rejected because it was considered high risk',
  },
  invalid_request: { status: 400, type: 'invalid_request_error', words: 'Invalid request: {details}' },
  input_too_long: { status: 400, type: 'invalid_request_error', words: 'Input token length too long' },
  window_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: Your request exceeded model token limit: {limit} (requested: {requested})',
  },

  // 400, measured or reported without the "Invalid request:" stem.
  fixed_value: {
    status: 400,
    type: 'invalid_request_error',
    words: 'invalid {parameter}: only {value} is allowed for this model',
  },
  missing_reasoning: {
    status: 400,
    type: 'invalid_request_error',
    words: 'thinking is enabled but reasoning_content is missing in assistant tool call message at index {index}',
  },
  forced_tool_with_thinking: {
    status: 400,
    type: 'invalid_request_error',
    words: "tool_choice '{choice}' is incompatible with thinking enabled",
  },
  web_search_with_thinking: {
    status: 400,
    type: 'invalid_request_error',
    words: 'builtin_function $web_search is incompatible with thinking enabled',
  },
  fixed_thinking: {
    status: 400,
    type: 'invalid_request_error',
    words: 'invalid thinking: only type={type} is allowed for this model',
  },
  tool_call_id_not_found: { status: 400, type: 'invalid_request_error', words: 'tool_call_id {id} is not found' },
  stop_array_too_long: {
    status: 400,
    type: 'invalid_request_error',
    words: 'stop array too long. Expected an array with maximum length {maximum}, but got {actual}',
  },
  empty_message: {
    status: 400,
    type: 'invalid_request_error',
    words: "Invalid request: the message at position {position} with role '{role}' must not be empty",
  },
  empty_text: { status: 400, type: 'invalid_request_error', words: 'text content is empty' },
  unsupported_image_url: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: unsupported image url: {url}',
  },
  unsupported_image_format: { status: 400, type: 'invalid_request_error', words: 'unsupported image format' },
  unsupported_video_url: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: unsupported video url: {url}',
  },
  unsupported_video_format: { status: 400, type: 'invalid_request_error', words: 'unsupported video format' },
  tool_parameters_not_mfjs: {
    status: 400,
    type: 'invalid_request_error',
    words:
      'Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <{details}>',
  },
  tool_parameters_not_object: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: tools.function.parameters.type is required and must be "object"',
  },
  response_schema_not_mfjs: {
    status: 400,
    type: 'invalid_request_error',
    words:
      'Invalid request: response_format.json_schema is not a valid moonshot flavored json schema, details: <{details}>',
  },
  duplicate_tool: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: function name {name} is duplicated',
  },

  // 401 to 404, documented.
  invalid_authentication: { status: 401, type: 'invalid_authentication_error', words: 'Invalid Authentication' },
  incorrect_api_key: { status: 401, type: 'incorrect_api_key_error', words: 'Incorrect API key provided' },
  // Own: guessing is slowed.
  too_many_attempts: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'Too many attempts with wrong API keys, please try again after {seconds} seconds',
  },
  address_not_allowed: {
    status: 403,
    type: 'permission_denied_error',
    words: 'Your IP is not allowed to access this organization',
  },
  // Own: the platform has a price for every model that it serves.
  model_not_priced: {
    status: 403,
    type: 'permission_denied_error',
    words: 'The model {model} has no price for this account. The operator sets one',
  },
  api_not_open: { status: 403, type: 'permission_denied_error', words: 'The API you are accessing is not open' },
  model_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the model {model} or Permission denied',
  },

  // HTTP itself. Own words; the types are Moonshot's.
  route_not_found: { status: 404, type: 'resource_not_found_error', words: 'Not found the API {method} {path}' },
  account_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the {kind} {id} or Permission denied',
  },
  account_conflict: { status: 409, type: 'invalid_request_error', words: 'Invalid request: {details}' },
  idempotency_conflict: {
    status: 409,
    type: 'invalid_request_error',
    words: 'Invalid request: this Idempotency-Key was used before, for something else',
  },
  stream_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the stream {id} or Permission denied',
  },
  stream_not_kept: {
    status: 410,
    type: 'resource_not_found_error',
    words: 'The stream {id} is not kept: the room for streams was used up',
  },
  stream_position: {
    status: 416,
    type: 'invalid_request_error',
    words: 'Invalid request: event {after} is beyond the last event {last} of the finished stream',
  },
  stream_limit: { status: 429, type: 'rate_limit_reached_error', words: 'The limit of {limit} {unit} is reached' },
  detached_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'The client had left, and the answer was stopped at the limit of {limit} {unit}',
  },
  method_not_allowed: {
    status: 405,
    type: 'invalid_request_error',
    words: 'Invalid request: {path} does not accept {method}, use {allowed}',
  },
  body_too_large: { status: 413, type: 'invalid_request_error', words: 'Request exceeds the maximum size' },
  body_timeout: {
    status: 408,
    type: 'invalid_request_error',
    words: 'Invalid request: the request body did not arrive within {seconds} seconds',
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    words: 'Invalid request: the request headers are too large',
  },
  server_busy: { status: 503, type: 'server_unavailable', words: 'The server is busy, please try again later' },
  unsupported_content_type: {
    status: 415,
    type: 'invalid_request_error',
    words: 'Invalid request: content type {contentType} is not supported, use application/json',
  },

  // Limits and money, documented. `scope` is "organization" in the platform's words; projects and keys may have their own.
  account_suspended: {
    status: 429,
    type: 'exceeded_current_quota_error',
    words: 'Your account {organisation}<{key}> is suspended, please check your plan and billing details',
  },
  quota_exceeded: {
    status: 429,
    type: 'exceeded_current_quota_error',
    words: 'You exceeded your current token quota: <{organisation}> {credit}, please check your account balance',
  },
  concurrency_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words:
      'Your account {organisation}<{key}> request reached {scope} max concurrency: {limit}, please try again after {seconds} seconds',
  },
  rpm_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words:
      'Your account {organisation}<{key}> request reached {scope} max RPM: {limit}, please try again after {seconds} seconds',
  },
  tpm_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words:
      'Your account {organisation}<{key}> request reached {scope} TPM rate limit, current:{current}, limit:{limit}',
  },
  tpd_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'Your account {organisation}<{key}> request reached {scope} TPD rate limit,current:{current}, limit:{limit}',
  },
  // Own words.
  queue_full: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'Too many requests of {organisation} wait for a limit already, please try again after {seconds} seconds',
  },
  ledger_unavailable: {
    status: 503,
    type: 'server_unavailable',
    words: 'The accounts of this server cannot be reached, please try again later',
  },
  limits_unavailable: {
    status: 503,
    type: 'server_unavailable',
    words: 'The limits of this server cannot be reached, please try again later',
  },

  // The engine behind us. 429 documented; the rest in own words.
  engine_overloaded: {
    status: 429,
    type: 'engine_overloaded_error',
    words: 'The engine is currently overloaded, please try again later',
  },
  client_closed: { status: 499, type: 'client_closed_request', words: 'The client closed the request' },
  engine_refused: { status: 400, type: 'invalid_request_error', words: '{message}' },
  engine_lacks: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: the engine that serves {model} does not support {ability}',
  },
  engine_misconfigured: {
    status: 503,
    type: 'server_unavailable',
    words: 'The engine behind this server refused it. The operator finds the reason in the log',
  },
  engine_unavailable: {
    status: 503,
    type: 'server_unavailable',
    words: 'The engine is not available, please try again later',
  },
  engine_timeout: {
    status: 504,
    type: 'server_unavailable',
    words: 'The engine did not answer in time, please try again later',
  },
  engine_protocol: { status: 500, type: 'unexpected_output', words: 'invalid state transition' },
  engine_cut: { status: 502, type: 'server_error', words: 'The answer was cut off before it was complete' },
  engine_limit: {
    status: 502,
    type: 'server_error',
    words: 'The answer passed the limit of {limit} {unit} and was stopped',
  },
  // Own: tools that this server runs for a model.
  tool_limit: {
    status: 502,
    type: 'server_error',
    words: 'The tools of this server passed the limit of {limit} {unit} and the answer was stopped',
  },
  shutting_down: { status: 503, type: 'server_unavailable', words: 'The server is shutting down, please try again' },
  internal: { status: 500, type: 'server_error', words: 'Internal server error' },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS
