/** Numbers as the tokens that node-llama-cpp takes: it brands them, and a number that is none would reach native code. */

import type { Token } from 'node-llama-cpp'

function isToken(id: number): id is Token {
  return Number.isInteger(id) && id >= 0
}

export function tokenOf(id: number): Token {
  if (!isToken(id)) throw new RangeError(`${id} is no token`)
  return id
}

export function tokensOf(ids: readonly number[]): Token[] {
  return ids.map(tokenOf)
}
