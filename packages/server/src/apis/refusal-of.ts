/** Whatever was thrown before a reply, as the refusal that the client is told. */

import { failureOf } from '@moonbase/core/inference'
import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { lacksDescriptor } from '../http/lacks-descriptor.ts'

/** By then connections that nobody uses have been let go of. */
const DESCRIPTOR_RETRY_MS = 1_000

export function refusalOf(error: unknown, { notes, signal }: Pick<Exchange, 'notes' | 'signal'>): ApiError {
  const failure = failureOf(error, notes.model ?? '', signal)
  // What is opened when it is first wanted, as a package or a thread is, fails as a bug would: the next one will have it.
  if (failure.status !== 500 || !lacksDescriptor(error)) return failure
  return apiErrorWith('server_busy', { reason: failure.message, cause: error, retryAfterMs: DESCRIPTOR_RETRY_MS })
}
