/** What is bought: answers of one fixed price, which is exactly what is held for them; and one that goes on and on. */

import { MODEL, costOf } from '../crash/scripts.ts'
import { call } from '../support/call.ts'

/** All of the budget is used, always. */
const COMPLETION = 40

/** What the user says. The two items have prompts of one length, so that they have one price. */
export const ITEM = 'item 1'
export const LATE_ITEM = 'item 2'
export const LONG = 'take your time'

/** A scenario file: JSON is YAML too. */
export function scenarioFile(): string {
  // The prompt is counted, as it is for the hold.
  const item = { text: 'here it is', chunk_size: 4, usage: { completion: COMPLETION, cached: 0 } }
  const quick = { ...item, pace: { first_token_ms: 20, per_chunk_ms: 5 } }
  const late = { ...item, pace: { first_token_ms: 600, per_chunk_ms: 30 } }
  const long = { text: 'on and on '.repeat(100), chunk_size: 5, pace: { per_chunk_ms: 600 } }
  return JSON.stringify({
    version: 1,
    scenarios: [
      { name: 'item', match: { last_user: ITEM }, reply: quick },
      { name: 'late item', match: { last_user: LATE_ITEM }, reply: late },
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
  const [price = 0, other] = await Promise.all(
    [ITEM, LATE_ITEM].map(async (item) => {
      const { json } = await call(`${url}/v1/tokenizers/estimate-token-count`, { key, body: bodyOf(item, false) })
      const { total_tokens: prompt } = (json as { data: { total_tokens: number } }).data
      return costOf({ prompt, cached: 0, completion: COMPLETION })
    }),
  )
  if (price !== other) throw new Error(`one item costs ${price}, and the other ${other}`)
  return price
}
