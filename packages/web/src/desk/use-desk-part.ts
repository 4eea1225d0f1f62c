/** One thing of a desk: who needs only its title is not drawn anew while its answer comes. */

import { useSyncExternalStore } from 'react'
import type { DeskWork } from './desk.ts'
import type { DeskState } from './desk-state.ts'

/** @param read gives a text, a number or nothing: what is the same is not drawn again */
export function useDeskPart<Part extends string | number | boolean | null>(
  work: DeskWork,
  read: (state: DeskState) => Part,
): Part {
  return useSyncExternalStore(work.store.subscribe, () => read(work.store.get()))
}
