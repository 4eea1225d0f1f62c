/** What a reload never does: fall back to what answers where nothing is configured. A file that was emptied is not a wish. */

import { type Configuration, StartError } from '../configuration/index.ts'

/** @throws StartError with a line for each thing that would be as by default from now on */
export function refuseFallback(before: Configuration, after: Configuration): void {
  const lines: string[] = []
  if (before.file !== undefined && after.file === undefined)
    lines.push(`${before.file.path}: the configuration file has gone`)
  if (after.enginesByDefault && !before.enginesByDefault) {
    lines.push(
      'nothing chooses an engine any more, and the offline stand-in would answer: write engines: { offline: { type: offline } } to mean that',
    )
  }
  if (hasOwnKeys(before) && !hasOwnKeys(after)) {
    lines.push(
      'no API key is left, and the generated one would open the API: write a key, or start the server again to mean that',
    )
  }
  if (lines.length > 0) throw new StartError(lines)
}

function hasOwnKeys({ keys, apiKey }: Configuration): boolean {
  return keys.length > 0 || apiKey !== undefined
}
