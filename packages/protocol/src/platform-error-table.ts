/**
 * The other part of the error table: what a platform says, with its keys, paths, limits, accounts and streams. Apart, because
 * whoever answers a request without all that has no use for it. Rows are marked as in `error-table.ts`.
 */

import type { ErrorRow } from './error-table.ts'

export const PLATFORM_ERRORS = {
  // 401 to 404, documented.
  invalid_authentication: { status: 401, type: 'invalid_authentication_error', words: 'Invalid Authentication' },
  incorrect_api_key: { status: 401, type: 'incorrect_api_key_error', words: 'Incorrect API key provided' },
  // Own: the one-time address of the workbench.
  entry_expired: {
    status: 401,
    type: 'invalid_authentication_error',
    words:
      'This address was opened before, is older than {minutes} minutes, or is not opened on the machine of the server. Print another one there with: moonbase open',
  },
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

  // HTTP itself. Own words; the types are Moonshot's.
  route_not_found: { status: 404, type: 'resource_not_found_error', words: 'Not found the API {method} {path}' },
  account_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the {kind} {id} or Permission denied',
  },
  // Own: the platform's words, and behind them why `restore-reasoning` did not help.
  ambiguous_reasoning: {
    status: 400,
    type: 'invalid_request_error',
    words:
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index {index}, and none was put back: what was kept of the answers to this conversation differs',
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
  // Own, in OpenAI's words: what is kept for who goes on with it, and is not there.
  response_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: "Response with id '{id}' not found.",
  },
  previous_response_not_found: {
    status: 400,
    type: 'invalid_request_error',
    words: "Previous response with id '{id}' not found.",
  },
  item_not_found: {
    status: 404,
    type: 'invalid_request_error',
    words:
      "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
  },
  invalid_encrypted_content: {
    status: 400,
    type: 'invalid_request_error',
    words: 'The encrypted content of item {id} could not be verified.',
  },
  // Own: whoever asks should not look for a mistake of his.
  api_absent: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the API {method} {path}: {what} were never a part of this platform, and this server has none',
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
  // What comes so slowly keeps what it has sent in everybody's memory.
  body_too_slow: {
    status: 408,
    type: 'invalid_request_error',
    words: 'Invalid request: the request body came slower than {bytes} bytes a second',
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    words: 'Invalid request: the request headers are too large',
  },
  unknown_expectation: {
    status: 417,
    type: 'invalid_request_error',
    words: 'Invalid request: the header Expect may say 100-continue and nothing else',
  },
  server_busy: { status: 503, type: 'server_unavailable', words: 'The server is busy, please try again later' },
  unsupported_content_type: {
    status: 415,
    type: 'invalid_request_error',
    words: 'Invalid request: content {what} is not supported, use {instead}',
  },

  // Own: the platform fetched nothing. The same words for a name that is unknown and one that is private: neither is anybody's affair.
  image_not_fetched: {
    status: 400,
    type: 'invalid_request_error',
    words: 'Invalid request: the image {url} could not be fetched: {why}',
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
  // A share of this server that one organisation has used up. `what` is such as "request bodies".
  share_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'Too much of {organisation} is in hand at once: {what}. Please try again after {seconds} seconds',
  },
  estimate_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words: 'Your account {organisation} reached {limit} estimates a minute, please try again after {seconds} seconds',
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
  // Own: tools that this server runs for a model.
  tool_limit: {
    status: 502,
    type: 'server_error',
    words: 'The tools of this server passed the limit of {limit} {unit} and the answer was stopped',
  },
  // Own: gateways. What Cloudflare says of them has numbers, which its API adds.
  gateway_not_found: { status: 404, type: 'resource_not_found_error', words: 'Not found the gateway {id}' },
  gateway_conflict: { status: 409, type: 'invalid_request_error', words: 'Invalid request: {details}' },
  gateway_log_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'Not found the log {id} of the gateway {gateway}',
  },
  gateway_unauthorized: { status: 401, type: 'invalid_authentication_error', words: 'Unauthorized' },
  gateway_rate_limit: {
    status: 429,
    type: 'rate_limit_reached_error',
    words:
      'The gateway {gateway} reached its limit of {limit} requests in {interval} seconds, please try again after {seconds} seconds',
  },
  gateway_spend_limit: {
    status: 429,
    type: 'exceeded_current_quota_error',
    words:
      'The gateway {gateway} has spent the {limit} of its rule {rule} for {window} seconds, please try again after {seconds} seconds',
  },
  gateway_timeout: {
    status: 504,
    type: 'server_unavailable',
    words: 'No answer began within the request timeout of {ms} ms',
  },
  provider_not_found: {
    status: 404,
    type: 'resource_not_found_error',
    words: 'The gateway has no provider {provider} at {endpoint}: {instead}',
  },
  not_built: { status: 400, type: 'invalid_request_error', words: '{what} is not built here: {instead}' },
  shutting_down: { status: 503, type: 'server_unavailable', words: 'The server is shutting down, please try again' },
} as const satisfies Record<string, ErrorRow>
