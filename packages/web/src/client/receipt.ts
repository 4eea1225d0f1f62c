/** The receipt of an answer that has none in its stream: stopped, cut and failed ones are settled a moment behind their end. */

import type { Receipt } from '../conversation/index.ts'
import { isReceipt } from '../wire/read-chunk.ts'
import { PAGE, type Surroundings } from './surroundings.ts'

/** Ms between questions: a settlement takes a moment, and an engine that is being stopped another one. */
const QUESTIONS = [0, 200, 500, 1000, 2000, 4000, 8000]

/** `undefined` where the server does not know it, also after some time, or is away. */
export async function receiptOf(
  requestId: string,
  { fetch, rest }: Surroundings,
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  for (const wait of QUESTIONS) {
    await rest(wait, signal)
    if (signal.aborted) return undefined
    const receipt = await asked(requestId, fetch, signal)
    if (receipt !== 'later') return receipt
  }
  return undefined
}

/** `later`: it is not known yet, or the server did not answer. */
async function asked(
  requestId: string,
  fetch: Surroundings['fetch'],
  signal: AbortSignal,
): Promise<Receipt | undefined | 'later'> {
  try {
    const reply = await fetch(`/web/v1/requests/${encodeURIComponent(requestId)}`, { headers: PAGE, signal })
    if (reply.status === 404 || reply.status >= 500) return 'later'
    if (!reply.ok) return undefined
    const body: unknown = await reply.json()
    const receipt = typeof body === 'object' && body !== null && 'receipt' in body ? body.receipt : undefined
    return isReceipt(receipt) ? receipt : undefined
  } catch {
    // The server is away, or what came was cut: asked again, as often as there are questions.
    return 'later'
  }
}
