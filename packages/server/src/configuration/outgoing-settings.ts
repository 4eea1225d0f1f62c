/** What this server may fetch for its clients, from the file's `outgoing` to values. */

import { DEFAULTS } from './configuration.ts'

/** `outgoing` of the file, as its schema lets it through. */
export interface OutgoingShape {
  image_urls?: boolean
  may_ask?: string[]
}

export interface OutgoingConfiguration {
  /** Whether images at URLs are fetched for whoever may have that; without it nobody may, whatever his key says. */
  readonly imageUrls: boolean
  /** Addresses with ports that may be asked although they are not of the public internet. */
  readonly mayAsk: readonly string[]
}

export function outgoingFrom(given: OutgoingShape | undefined): OutgoingConfiguration {
  return { imageUrls: given?.image_urls ?? DEFAULTS.outgoing.imageUrls, mayAsk: given?.may_ask ?? [] }
}
