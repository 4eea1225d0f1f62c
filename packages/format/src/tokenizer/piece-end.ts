/**
 * Kimi's split pattern as a scanner over UTF-8: where the piece ends that begins here.
 *
 * The pattern is a regular expression of eight alternatives, tried in order (source: `tokenization_kimi.py`):
 *
 *     1  [\p{Han}]+
 *     2  [^\r\n\p{L}\p{N}]?U*L+(?i:'s|'t|'re|'ve|'m|'ll|'d)?     U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]
 *     3  [^\r\n\p{L}\p{N}]?U+L*(?i:'s|'t|'re|'ve|'m|'ll|'d)?     L = [\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]
 *     4  \p{N}{1,3}
 *     5   ?[^\s\p{L}\p{N}]+[\r\n]*
 *     6  \s*[\r\n]+
 *     7  \s+(?!\S)
 *     8  \s+
 *
 * Where an engine for regular expressions would go back and try again, what it would find is worked out below, so that no
 * byte is looked at more than a few times, whatever the text is.
 */

import { HAN, LOWER, NEWLINE, NUMBER, SPACE, SYMBOL, UPPER, classAt, widthOf } from './character-classes.ts'

const SPACE_BYTE = 0x20
const APOSTROPHE = 0x27

/** `bytes` is well-formed UTF-8 and `start` the beginning of a character in it; what lies at `end` and after is not there. */
export function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = classAt(bytes, start)
  if (first & HAN) return runEnd(bytes, start, end, HAN)
  if (first & NUMBER) return numberEnd(bytes, start, end)
  const second = start + widthOf(bytes[start] ?? 0)
  const next = second < end ? classAt(bytes, second) : 0
  if (first & (SYMBOL | SPACE)) {
    // Alternatives 2 and 3 with their first, optional character. A newline cannot be it.
    if (next & (UPPER | LOWER) && !(first & NEWLINE)) {
      const word = lowerWordEnd(bytes, second, end)
      if (word > second) return contractionEnd(bytes, word, end)
      // Nothing lower follows. A mark is a word by itself (2) before it goes in front of one that is all upper (3).
      return first & LOWER ? second : contractionEnd(bytes, runEnd(bytes, second, end, UPPER), end)
    }
    if (first & LOWER) return contractionEnd(bytes, second, end)
    if (first & SYMBOL) return symbolsEnd(bytes, second, end)
    if (next & SYMBOL && bytes[start] === SPACE_BYTE) return symbolsEnd(bytes, second, end)
    return spaceEnd(bytes, start, end)
  }
  const word = lowerWordEnd(bytes, start, end)
  return contractionEnd(bytes, word > start ? word : runEnd(bytes, start, end, UPPER), end)
}

function runEnd(bytes: Uint8Array, start: number, end: number, kind: number): number {
  let at = start
  while (at < end && classAt(bytes, at) & kind) at += widthOf(bytes[at] ?? 0)
  return at
}

/** `U*L+` from here; `start` when that matches nothing. */
function lowerWordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let caseless = start
  while (at < end) {
    const found = classAt(bytes, at)
    if (!(found & UPPER)) return found & LOWER ? runEnd(bytes, at, end, LOWER) : caseless
    at += widthOf(bytes[at] ?? 0)
    // U* took too much if nothing of L follows: it gives back up to the last that is of both.
    if (found & LOWER) caseless = at
  }
  return caseless
}

/** `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`, where `ſ` is an `s` too. */
function contractionEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end || bytes[at] !== APOSTROPHE) return at
  const first = bytes[at + 1] ?? 0
  if (first === 0xc5) return bytes[at + 2] === 0xbf ? at + 3 : at
  // No other byte becomes one of these letters by this bit than its capital.
  switch (first | 0x20) {
    case LETTER.s:
    case LETTER.t:
    case LETTER.m:
    case LETTER.d:
      return at + 2
    case LETTER.r:
    case LETTER.v:
      return at + 2 < end && ((bytes[at + 2] ?? 0) | 0x20) === LETTER.e ? at + 3 : at
    case LETTER.l:
      return at + 2 < end && ((bytes[at + 2] ?? 0) | 0x20) === LETTER.l ? at + 3 : at
    default:
      return at
  }
}

const LETTER = { d: 0x64, e: 0x65, l: 0x6c, m: 0x6d, r: 0x72, s: 0x73, t: 0x74, v: 0x76 } as const

function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (let left = 3; left > 0 && at < end && classAt(bytes, at) & NUMBER; left -= 1) at += widthOf(bytes[at] ?? 0)
  return at
}

/** The rest of alternative 5 behind the first symbol, or behind the space before it. */
function symbolsEnd(bytes: Uint8Array, start: number, end: number): number {
  return runEnd(bytes, runEnd(bytes, start, end, SYMBOL), end, NEWLINE)
}

/** Alternatives 6, 7 and 8. */
function spaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let last = start
  let newlines = start
  while (at < end) {
    const found = classAt(bytes, at)
    if (!(found & SPACE)) break
    last = at
    at += widthOf(bytes[at] ?? 0)
    if (found & NEWLINE) newlines = at
  }
  if (newlines > start) return newlines
  // The last space is left to what follows, unless it is the only one or nothing follows.
  return at === end || last === start ? at : last
}
