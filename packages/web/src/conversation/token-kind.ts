/** Tells `marked`'s own tokens apart. Those of extensions, of which there are none, could be called anything. */

import type { MarkedToken, Token } from 'marked'

export function is<Type extends MarkedToken['type']>(
  token: Token,
  type: Type,
): token is Extract<MarkedToken, { type: Type }> {
  return token.type === type
}
