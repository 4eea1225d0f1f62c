/**
 * The cuts that the model's own tokenizer makes before it splits: pieces never cross them, so they are part of the count.
 *
 * Text is cut into blocks of 400,000 characters, and a block wherever 25,000 characters in a row are all spaces or all
 * none. A character is a code point, and a space is what Python takes for one. Source: `tokenization_kimi.py`.
 */

import { PYTHON_SPACE, classAt, widthOf } from './character-classes.ts'

const BLOCK_CHARACTERS = 400_000
const RUN_CHARACTERS = 25_000

/** The UTF-16 offset where the block ends that begins at `start`. */
export function blockEnd(text: string, start: number): number {
  // A code point has one or two UTF-16 units.
  if (text.length - start <= BLOCK_CHARACTERS) return text.length
  let at = start
  for (let left = BLOCK_CHARACTERS; left > 0 && at < text.length; left -= 1) {
    at += (text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1
  }
  return at
}

/** The offset where the cut comes that is next after `start`, or `end`. The bytes are a block in well-formed UTF-8. */
export function cutEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= RUN_CHARACTERS) return end
  let at = start
  let kind = -1
  let run = 0
  while (at < end) {
    const found = classAt(bytes, at) & PYTHON_SPACE
    if (found !== kind) {
      kind = found
      run = 0
    }
    if (run === RUN_CHARACTERS) return at
    run += 1
    at += widthOf(bytes[at] ?? 0)
  }
  return end
}
