/** What the contract of stores needs of the place that a store keeps its things in. */

import type { Store } from '../store.ts'

export interface StoreSite {
  /** Opens the store of this place; after a close or a crash: a restart. */
  open(): Promise<Store>
  /** What the store does by its own timer within a second, and what it deletes within a minute; resolves when that is kept. */
  sweep(store: Store): Promise<void>
  /** Ends the store as `kill -9` would: nothing that waits is kept any more. */
  crash(store: Store): Promise<void>
  /** Falsifies what is kept behind the back of the store, which runs. */
  plant(fault: PlantedFault): Promise<void>
  /** Lets go of the place; the stores are closed. */
  remove(): Promise<void>
}

export type PlantedFault =
  /** The amount of the transfer is one nano more. */
  | { readonly kind: 'tampered-transfer'; readonly transfer: string }
  /** The hold of this request was ended, and its end is no longer there. */
  | { readonly kind: 'missing-end'; readonly request: string }
  /** The balance that is kept for the organisation is one nano more. */
  | { readonly kind: 'wrong-balance'; readonly organisation: string }
  /** The sums of its usage say one nano more than its requests cost. */
  | { readonly kind: 'wrong-usage'; readonly organisation: string }
