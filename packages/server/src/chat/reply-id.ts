/** Ids of replies, in the forms that the hosted platform used in 2026. Nobody should parse them. */

import { createHash, randomUUID } from 'node:crypto'

/** `chatcmpl-` and 24 hex digits, of which the first eight are the time in Unix seconds. */
export function newReplyId(created: number): string {
  return `chatcmpl-${created.toString(16).padStart(8, '0')}${randomUUID().replaceAll('-', '').slice(0, 16)}`
}

const MAXIMUM_KNOWN = 1000
const known = new Map<string, string>()

/** `fpv0_` and eight hex digits: the same for the same engine and model, different for others. */
export function fingerprintOf(engine: string, model: string): string {
  const key = `${engine}\n${model}`
  let fingerprint = known.get(key)
  if (fingerprint === undefined) {
    if (known.size >= MAXIMUM_KNOWN) known.clear()
    fingerprint = `fpv0_${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
    known.set(key, fingerprint)
  }
  return fingerprint
}
