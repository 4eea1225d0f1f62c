/** The name of a session in a header of another host: the same for the same session, and nothing that says whose it is. */

import type { GenerationRequest } from '../../generation/index.ts'

/**
 * Sixteen hex digits, or `undefined` for a request that names no session. Two sessions with one mark would share a place
 * to run and nothing else, so a short hash is good enough; that of two organisations differs, whatever they call it.
 */
export function sessionMark({
  sessionAffinity,
  promptCacheKey,
  affinityScope = '',
}: Pick<GenerationRequest, 'sessionAffinity' | 'promptCacheKey' | 'affinityScope'>): string | undefined {
  const session = sessionAffinity ?? promptCacheKey
  if (session === undefined) return undefined
  const text = `${affinityScope}\n${session}`
  return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x01000193)
}

/** The 32-bit hash of Fowler, Noll and Vo over UTF-16 units, from a start of one's own. */
function fnv1a(text: string, start: number): string {
  let hash = start
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
