/** Keys that are not kept with the accounts: of the environment, the configuration, or the file of the first start. */

import type { LenientSwitch } from '@moonbase/protocol'

interface KnownByDigest {
  readonly id: string
  readonly name: string
  /** The first characters, for recognition; empty for a key so short that they would tell too much. */
  readonly prefix: string
  /** SHA-256 of the key, in hex. */
  readonly digest: string
  /** As error messages call it. */
  readonly source: string
}

export interface ConfiguredApiKey extends KnownByDigest {
  readonly organisation: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string }
  readonly lenient: readonly LenientSwitch[]
  /** Made by the server at its first start, for development. */
  readonly generated: boolean
}

/** All of them at one time. The admin key may do everything. */
export interface ConfiguredKeys {
  readonly apiKeys: readonly ConfiguredApiKey[]
  readonly adminKey: KnownByDigest
}
