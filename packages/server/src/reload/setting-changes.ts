/** What a change of the configuration changed beside engines and models, in lines for people. Holds no secret. */

import { isDeepStrictEqual } from 'node:util'
import type { Configuration } from '../configuration/index.ts'

export function settingChanges(before: Configuration, after: Configuration): string[] {
  const lines: string[] = []
  const added = after.keys.filter(({ name }) => before.keys.every((key) => key.name !== name))
  const gone = before.keys.filter(({ name }) => after.keys.every((key) => key.name !== name))
  const other = after.keys.filter((key) =>
    before.keys.some((earlier) => earlier.name === key.name && !isDeepStrictEqual(earlier, key)),
  )
  if (added.length > 0) lines.push(`keys: ${names(added)} may come in`)
  if (gone.length > 0) lines.push(`keys: ${names(gone)} may not come in any more`)
  if (other.length > 0) lines.push(`keys: ${names(other)} changed`)
  if (!isDeepStrictEqual(before.lenient, after.lenient)) lines.push(`lenient: ${after.lenient.join(', ') || 'nothing'}`)
  if (before.allowLenientHeader !== after.allowLenientHeader) {
    lines.push(`allow_lenient_header: ${after.allowLenientHeader}`)
  }
  if (!isDeepStrictEqual(before.cors, after.cors)) lines.push('cors.origins: changed')
  if (before.metrics.open !== after.metrics.open) lines.push(`metrics.open: ${after.metrics.open}`)
  if (before.log.level !== after.log.level) lines.push(`log.level: ${after.log.level}`)
  if (before.limits.shutdownMs !== after.limits.shutdownMs) lines.push(`limits.shutdown_ms: ${after.limits.shutdownMs}`)
  return lines
}

function names(keys: Configuration['keys']): string {
  return keys.map(({ name }) => name).join(', ')
}
