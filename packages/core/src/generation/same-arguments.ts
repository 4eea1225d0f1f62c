/** Whether two texts are the same arguments of a call. */

import { parseJson } from '@moonbase/protocol'

/** However they are spaced; where the answer was cut one may be behind. */
export function isSameArguments(one: string, other: string, cut: boolean): boolean {
  if (canonical(one) === canonical(other)) return true
  return cut && one !== '' && other !== '' && (one.startsWith(other.trim()) || other.startsWith(one.trim()))
}

function canonical(json: string): string {
  try {
    return JSON.stringify(parseJson(json))
  } catch {
    // Malformed arguments are the same when they are the same text.
    return json.trim()
  }
}
