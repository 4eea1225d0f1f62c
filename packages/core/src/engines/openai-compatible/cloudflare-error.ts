/**
 * The numbers by which Cloudflare's hosts say what went wrong, in the words of the other hosts. Only those that the HTTP
 * status does not tell already, or that come where there is none. Source: Workers AI errors, AI Gateway reference.
 */

const WORDS: ReadonlyMap<number, string> = new Map([
  // No such model; not a valid id of one. The first comes with a 400.
  [5007, 'model_not_found'],
  [3042, 'model_not_found'],
  // The free share of the day is used; the account has no credits. Neither passes by waiting a second.
  [3036, 'insufficient_quota'],
  [2021, 'insufficient_quota'],
  // The guardrails of a gateway, and its prevention of data loss: for the prompt and for the answer.
  [2016, 'content_filter'],
  [2017, 'content_filter'],
  [2029, 'content_filter'],
  [2030, 'content_filter'],
  [3040, 'overloaded_error'],
  [2003, 'rate_limit_error'],
  [3007, 'timeout_error'],
  [10_000, 'authentication_error'],
  [2009, 'authentication_error'],
])

/** A type of error as other hosts call it, or `undefined` for a number that adds nothing. */
export function typeOfCloudflareCode(code: unknown): string | undefined {
  return typeof code === 'number' ? WORDS.get(code) : undefined
}
