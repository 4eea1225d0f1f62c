/** Removes documents by the hundreds. */

import type { Documents } from '../documents/documents.ts'
import type { Document } from '../records/document.ts'

/** A put takes no more. */
const MOST_AT_ONCE = 500
/** A million documents: nobody keeps more under one prefix. */
const MOST_ROUNDS = 2_000

/** All of one owner whose ids begin so. What somebody adds meanwhile may stay. */
export async function removeAll(
  documents: Documents,
  kind: string,
  owner: string,
  prefix: string,
  now: number,
): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = await documents.list(kind, owner, { prefix, limit: MOST_AT_ONCE })
    if (found.length === 0) return
    await removeThese(documents, found, now)
  }
}

/** Those that are given, of any kind and owner. */
export async function removeThese(
  documents: Documents,
  found: readonly Pick<Document, 'kind' | 'owner' | 'id'>[],
  now: number,
): Promise<void> {
  for (let at = 0; at < found.length; at += MOST_AT_ONCE) {
    await documents.put(
      found.slice(at, at + MOST_AT_ONCE).map(({ kind, owner, id }) => ({
        kind,
        owner,
        id,
        label: null,
        createdAt: now,
        dueAt: null,
        // One whose time is over goes away with its write.
        expiresAt: now - 1,
        value: null,
        expects: 'any' as const,
      })),
    )
  }
}
