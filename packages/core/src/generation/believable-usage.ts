/**
 * Whether a usage that an engine reports can be true of what it was asked and of what it gave. What cannot is as if it had not
 * been said: then our own count is the usage.
 *
 * Hosts count by other templates and other vocabularies, and some by none: half of our count and twice of it are believed, and
 * a little more of what is small. Bytes tell that of nearly every answer (a token is a third of a byte to a sixteenth, and never
 * less than one); only what they cannot tell is counted.
 */

import type { ReportedUsage } from './event.ts'
import type { Meter } from './meter.ts'
import { bytesOf } from './text-bytes.ts'
import type { Transcript } from './transcript.ts'

/** A default system message, another declaration of tools. */
const PROMPT_ALLOWANCE = 256
/** Markers, the end of the message. */
const ALLOWANCE = 64
/** Markers and an id, which are no part of a call's text. */
const CALL_ALLOWANCE = 16
/** So many times our count, and one in so many, are believed. */
const TIMES_MORE = 2
const TIMES_LESS = 4
/** Bytes of a token, as far as nobody has to look closer: from two to so many. */
const DENSE = 2
const SPARSE = 16

/** A promise where it had to be counted. */
export function isBelievable(usage: ReportedUsage, meter: Meter): boolean | Promise<boolean> {
  const { prompt, completion } = usage
  const { transcript } = meter
  // An engine that ends a message with a token of its own may count it.
  if (completion > meter.mostCompletion + 1) return false
  const allowance = ALLOWANCE + CALL_ALLOWANCE * transcript.calls.length
  const { known, atMost = Infinity } = meter.prompt
  const promptIsPlain =
    known === undefined ? isPlain(prompt, atMost, PROMPT_ALLOWANCE) : isNear(prompt, known, PROMPT_ALLOWANCE)
  if (known !== undefined && !promptIsPlain) return false
  const answerIsPlain =
    isPlain(completion, transcript.size, allowance) || isPlain(completion, bytesIn(transcript), allowance)
  return promptIsPlain && answerIsPlain ? true : isCounted(usage, meter, allowance, promptIsPlain, answerIsPlain)
}

async function isCounted(
  { prompt, completion }: ReportedUsage,
  meter: Meter,
  allowance: number,
  promptIsPlain: boolean,
  answerIsPlain: boolean,
): Promise<boolean> {
  if (!promptIsPlain && !isNear(prompt, await meter.prompt.certainly(), PROMPT_ALLOWANCE)) return false
  if (answerIsPlain) return true
  await meter.completeText()
  return isNear(completion, meter.counted().completion, allowance)
}

/** So many tokens need no explanation of a text of so many bytes; its UTF-16 units are no more, and known at once. */
function isPlain(tokens: number, bytes: number, allowance: number): boolean {
  return tokens <= bytes / DENSE + allowance && tokens >= bytes / SPARSE - allowance
}

function bytesIn({ reasoning, otherReasoning, answer }: Transcript): number {
  return bytesOf(reasoning) + bytesOf(otherReasoning) + bytesOf(answer)
}

function isNear(tokens: number, counted: number, allowance: number): boolean {
  return tokens <= counted * TIMES_MORE + allowance && tokens >= counted / TIMES_LESS - allowance
}
