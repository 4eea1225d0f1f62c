/** When the session of this page ends, in milliseconds since the Unix epoch; null where it is asked with a key. */

import type { Me } from '../server.ts'

export function sessionEnd({ session }: Me): number | null {
  const at = session === null ? Number.NaN : Date.parse(session.expires_at)
  return Number.isNaN(at) ? null : at
}
