/** The secret by which thoughts are known again: made once, kept with the small things, the same for all gateways of a database. */

import { apiErrorWith } from '@moonbase/protocol'
import type { Documents } from '../../documents/documents.ts'

/** Of nobody: no organisation has this name. */
const NAME = { kind: 'server-secret', owner: 'server', id: 'thinking' } as const

export interface SecretParts {
  readonly documents: Pick<Documents, 'get' | 'put'>
  /** So many bytes of chance. */
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

const BYTES = 32

/**
 * Of two gateways that begin at once both get the one that was kept.
 *
 * @throws what the documents throw where they cannot be reached, and an ApiError where there is no secret all the same
 */
export async function thinkingSecret({ documents, random, now }: SecretParts): Promise<Uint8Array> {
  const known = await find(documents)
  if (known !== undefined) return known
  const made = Buffer.from(random(BYTES)).toString('base64url')
  const fields = { label: null, createdAt: now(), dueAt: null, expiresAt: null, value: made }
  await documents.put([{ ...NAME, ...fields, expects: 'absent' }])
  const kept = await find(documents)
  if (kept === undefined) throw apiErrorWith('internal', { reason: 'the secret for thoughts was not kept' })
  return kept
}

async function find(documents: SecretParts['documents']): Promise<Uint8Array | undefined> {
  const found = await documents.get(NAME.kind, NAME.owner, NAME.id)
  return typeof found?.value === 'string' ? Buffer.from(found.value, 'base64url') : undefined
}
