/** How a key is shown in an `Authorization` header. */

import { isKeyText } from './key-text.ts'

/** The token of `Bearer <token>`; the scheme in any case, at least one space. `undefined`: malformed. */
export function bearerToken(header: string): string | undefined {
  const [, token] = /^bearer +(\S+)$/i.exec(header) ?? []
  return token !== undefined && isKeyText(token) ? token : undefined
}
