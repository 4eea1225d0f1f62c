/**
 * Text to ids, one way and the other.
 *
 * Every round encodes another piece, each tokenizer in turn and first in every other round: nobody profits from having seen
 * a text before, and a machine that slows down slows both. The ids are compared. Both begin each round with the
 * processor's caches full of the other's tables, which costs the quicker one more.
 */

import type { Tokenizer } from '@moonbase/format'
import type { Tiktoken } from 'tiktoken'
import { type Pair, inTurn } from '../paired.ts'

export interface Encoded {
  readonly bytes: number
  readonly tokens: number
  /** Seconds. */
  readonly pair: Pair
}

export async function encodeInTurn(
  pieces: readonly string[],
  ours: Tokenizer,
  theirs: Tiktoken,
): Promise<readonly Encoded[]> {
  const found: ArrayLike<number>[] = []
  const timed = (encode: (text: string) => ArrayLike<number>) => (round: number) => {
    const text = pieces[round] ?? ''
    const start = performance.now()
    const ids = encode(text)
    const seconds = (performance.now() - start) / 1000
    compare(round, ids, found, text)
    return seconds
  }
  const pairs = await inTurn(
    pieces.length,
    timed((text) => ours.encode(text)),
    timed((text) => theirs.encode_ordinary(text)),
  )
  return pairs.map((pair, round) => ({
    pair,
    bytes: Buffer.byteLength(pieces[round] ?? ''),
    tokens: found[round]?.length ?? 0,
  }))
}

/** Keeps the first ids of a round, and compares the second with them. */
function compare(round: number, ids: ArrayLike<number>, found: ArrayLike<number>[], text: string): void {
  const before = found[round]
  if (before === undefined) {
    found[round] = ids
    return
  }
  let same = ids.length === before.length
  for (let index = 0; same && index < ids.length; index += 1) same = ids[index] === before[index]
  if (!same) throw new Error(`other ids than tiktoken for ${JSON.stringify(text.slice(0, 80))}…`)
}
