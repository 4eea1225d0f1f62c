/** A secret that all gateways of one store have, made by the first of them: what they seal they all can open, also after a restart. */

import type { Documents } from './documents.ts'

const KIND = 'server-secret'
/** Of nobody: no organisation has this name. */
const OWNER = 'server'
const SECRET_BYTES = 32

/** @throws LedgerError where the store is away; Error for a secret that is none */
export async function openServerSecret(
  documents: Pick<Documents, 'get' | 'put'>,
  name: string,
  random: (bytes: number) => Uint8Array,
  now: number,
): Promise<Uint8Array> {
  const known = await documents.get(KIND, OWNER, name)
  if (known !== undefined) return secretOf(known.value)
  const fresh = Buffer.from(random(SECRET_BYTES)).toString('base64url')
  const times = { createdAt: now, dueAt: null, expiresAt: null }
  const write = { kind: KIND, owner: OWNER, id: name, label: null, ...times, value: fresh, expects: 'absent' } as const
  if ((await documents.put([write])) === 'kept') return secretOf(fresh)
  // Another gateway was first.
  return secretOf((await documents.get(KIND, OWNER, name))?.value)
}

function secretOf(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64url') : undefined
  if (bytes?.length !== SECRET_BYTES) throw new Error('the secret of this server is not what was kept')
  return bytes
}
