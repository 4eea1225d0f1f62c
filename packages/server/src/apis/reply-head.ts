/** What stands at the head of a reply: whose answer it is, when it was made, and what served it. */

import { createHash } from 'node:crypto'
import type { ReplyHead } from '@moonbase/core/dialects'
import type { RunFacts } from '@moonbase/core/inference'
import type { Exchange } from '../http/exchange.ts'

/** Of a run that has begun. */
export function headOf(
  { id: requestId }: Pick<Exchange, 'id'>,
  { model, engine = '', servedModel = '' }: RunFacts,
  now: number,
  promptTokens: number | undefined,
): ReplyHead {
  const fingerprint = fingerprintOf(engine, servedModel)
  return { requestId, created: Math.floor(now / 1000), model, fingerprint, promptTokens }
}

const MAXIMUM_KNOWN = 1000
/** By engine, then by model: a joined key would be a new string to hash for each request. */
const known = new Map<string, Map<string, string>>()

/** `fpv0_` and eight hex digits: the same for the same engine and model, different for others. */
function fingerprintOf(engine: string, model: string): string {
  let ofEngine = known.get(engine)
  if (ofEngine === undefined) known.set(engine, (ofEngine = new Map()))
  let fingerprint = ofEngine.get(model)
  if (fingerprint === undefined) {
    // An upstream names its models as it likes.
    if (ofEngine.size >= MAXIMUM_KNOWN) ofEngine.clear()
    const digest = createHash('sha256').update(`${engine}\n${model}`).digest('hex')
    fingerprint = `fpv0_${digest.slice(0, 8)}`
    ofEngine.set(model, fingerprint)
  }
  return fingerprint
}
