/** The head of a reply that was written, in one piece of memory. */

import type { ServerResponse } from 'node:http'

/**
 * Node keeps the text of a head that it wrote, put together of some forty pieces; V8 keeps these too, a kilobyte and more for
 * each stream that waits, until somebody looks into the text.
 */
export function flattened(response: ServerResponse): void {
  const head: unknown = Reflect.get(response, '_header')
  if (typeof head === 'string') head.charCodeAt(0)
}
