/** By which answers of a gateway's cache are found: what makes two requests alike, within one organisation. */

import { createHash } from 'node:crypto'
import { isFields } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Gateway } from '../gateways/gateway-object.ts'
import type { GatedStep } from './gated-answer.ts'

/** @param cacheKey in the place of model and body. `undefined`: such a request is not cached */
export function cacheKeyOf(
  { organisation, lenient }: KeyAccount,
  gateway: Gateway,
  { provider, endpoint, model, wire, body }: GatedStep,
  cacheKey: string | undefined,
): string | undefined {
  if (cacheKey === undefined && body.digest === undefined) return undefined
  const parts = [
    organisation,
    // One that was made anew, or changed where that is to empty the cache, has another cache.
    [gateway.id, gateway.createdAt, gateway.cacheInvalidateOnUpdate ? gateway.modifiedAt : 0],
    provider,
    endpoint,
    cacheKey === undefined ? { model, body: body.digest } : { key: cacheKey },
    // Who wants a stream cannot read a whole reply, whatever key he names.
    asksForStream(wire.body()),
    // What is refused to one key is not given to it because another one may.
    [...lenient].toSorted(),
    [wire.header('x-moonbase-lenient') ?? '', wire.header('x-moonbase-event-ids') ?? ''],
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function asksForStream(body: unknown): boolean {
  return isFields(body) && body['stream'] === true
}
