/** What is bought: an answer of one fixed price, which is exactly what is held for it, and one that takes its time. */

import { MODEL, costOf } from '../crash/scripts.ts'
import { call } from '../support/call.ts'

/** All of the budget is used, always. */
const COMPLETION = 40

/** What the user says. */
export const ITEM = 'one item'
export const LONG = 'take your time'

/** A scenario file: JSON is YAML too. */
export function scenarioFile(): string {
  const item = { text: 'here it is', chunk_size: 4, pace: { first_token_ms: 20, per_chunk_ms: 5 } }
  const long = { text: 'on and on '.repeat(100), chunk_size: 5, pace: { per_chunk_ms: 600 } }
  return JSON.stringify({
    version: 1,
    scenarios: [
      // The prompt is counted, as it is for the hold.
      { name: 'item', match: { last_user: ITEM }, reply: { ...item, usage: { completion: COMPLETION, cached: 0 } } },
      { name: 'long', match: { last_user: LONG }, reply: long },
    ],
  })
}

export function bodyOf(content: string, stream: boolean): Readonly<Record<string, unknown>> {
  const messages = [{ role: 'user', content }]
  return { model: MODEL, messages, max_completion_tokens: COMPLETION, stream }
}

/** Nano-dollars, by the count that the server bills. */
export async function priceOf(url: string, key: string): Promise<number> {
  const { json } = await call(`${url}/v1/tokenizers/estimate-token-count`, { key, body: bodyOf(ITEM, false) })
  const { total_tokens: prompt } = (json as { data: { total_tokens: number } }).data
  return costOf({ prompt, cached: 0, completion: COMPLETION })
}
