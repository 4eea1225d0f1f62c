/** Beside what stands in it, a conversation is the model's that it is with, and the session's that a client names. */

import type { Terms } from '@moonbase/core/inference'

/** @param model by catalogue id */
export function worldOf(model: string, { sessionAffinity }: Pick<Terms, 'sessionAffinity'>): string {
  return JSON.stringify([model, sessionAffinity ?? null])
}
