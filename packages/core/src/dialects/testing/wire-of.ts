/** For tests of dialects: a request without headers and parameters, whose body is parsed already. */

import type { WireRequest } from '../dialect.ts'

export function wireOf(body: unknown): WireRequest {
  return { bytes: undefined, body: () => body, header: () => undefined, parameters: {} }
}
