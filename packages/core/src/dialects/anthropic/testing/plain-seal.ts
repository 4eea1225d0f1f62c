/** For tests: a seal that anybody can break, with the manners of a real one. */

import type { ThinkingSeal } from '../thinking-seal.ts'

export const plainSeal: ThinkingSeal = {
  sign: (thinking) => `signed:${reversed(thinking)}`,
  verify(thinking, signature) {
    if (!signature.startsWith('signed:')) return 'unknown'
    return signature === `signed:${reversed(thinking)}` ? 'right' : 'wrong'
  },
  seal: (thinking) => `sealed:${reversed(thinking)}`,
  open: (sealed) => (sealed.startsWith('sealed:') ? reversed(sealed.slice('sealed:'.length)) : undefined),
}

/** By code units, and so its own inverse, whatever a text holds. */
function reversed(text: string): string {
  let turned = ''
  for (let index = text.length - 1; index >= 0; index -= 1) turned += text.charAt(index)
  return turned
}
