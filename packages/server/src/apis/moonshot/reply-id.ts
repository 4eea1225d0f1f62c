/** Ids of replies, in the forms that the hosted platform used in 2026. Nobody should parse them. */

import { createHash } from 'node:crypto'

/**
 * `chatcmpl-` and 24 hex digits, of which the first eight are the time in Unix seconds.
 *
 * @param requestId a random UUID. Its two ends hold no dash and no version: sixteen digits of chance, by which a reply
 * that somebody kept is found in the log.
 */
export function newReplyId(created: number, requestId: string): string {
  return `chatcmpl-${created.toString(16).padStart(8, '0')}${requestId.slice(0, 8)}${requestId.slice(-8)}`
}

const MAXIMUM_KNOWN = 1000
/** By engine, then by model: a joined key would be a new string to hash for each request. */
const known = new Map<string, Map<string, string>>()

/** `fpv0_` and eight hex digits: the same for the same engine and model, different for others. */
export function fingerprintOf(engine: string, model: string): string {
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
