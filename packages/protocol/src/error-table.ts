/**
 * The error table: every refusal this API knows, with its status, its `error.type` and its words. Here stand those that a request
 * and the engine behind it can meet anywhere; what only a platform says is in `platform-error-table.ts`.
 *
 * The table is closed. A code without a status, a type or words cannot be written, and a code whose words hold `{names}`
 * cannot be raised without giving each of them. Rows marked *documented* carry the words of Moonshot's error page or of
 * a measured reply; rows marked *pattern* follow the pattern of user reports; rows marked *own* cover what the hosted
 * platform answered with a gateway's HTML page, or not at all. `docs/contract.md` says why each was chosen.
 */

export interface ErrorRow {
  readonly status: number
  readonly type: string
  readonly words: string
}

export const REQUEST_ERRORS = {
  // 400, documented.
  content_filter: {
    status: 400,
    type: 'content_filter',
    words: 'The request was rejected because it was considered high risk',
  },
  invalid_request: { status: 400, type: 'invalid_request_error', words: 'Invalid request: {details}' },
  window_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: Your request exceeded model token limit: {limit} (requested: {requested})',
  },

  // 400, reported word for word: clients mend what they send by these.
  missing_tool_results: {
    status: 400,
    type: 'invalid_request_error',
    words:
      "Invalid request: an assistant message with 'tool_calls' must be followed by tool messages responding to each tool_call_id. The following tool_call_ids did not have response messages: {ids}",
  },
  invalid_part: {
    status: 400,
    type: 'invalid_request_error',
    words:
      "Invalid request: the message at position {position} with role '{role}' contains an invalid part type: {part}",
  },
  // Own: whether the platform refused these or passed over them is not known.
  unknown_field: { status: 400, type: 'invalid_request_error', words: "Invalid request: unknown field '{field}'" },

  // 400, measured or reported without the "Invalid request:" stem.
  two_switches: { status: 400, type: 'invalid_request_error', words: "cannot specify both '{one}' and '{other}'" },
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
  // 404, documented.
  model_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the model {model} or Permission denied',
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
  // In the middle of a stream there is no status to go by: pi asks again at the first three words, and not without them.
  engine_cut: {
    status: 502,
    type: 'server_error',
    words: 'Provider returned error: the answer was cut off before it was complete',
  },
  engine_limit: {
    status: 502,
    type: 'server_error',
    words: 'The answer passed the limit of {limit} {unit} and was stopped',
  },
  internal: { status: 500, type: 'server_error', words: 'Internal server error' },
} as const satisfies Record<string, ErrorRow>
