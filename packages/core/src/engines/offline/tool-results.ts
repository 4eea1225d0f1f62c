/** Answers from what the tools said: every result is named, with the values that stand in it. */

import { parseJson } from '@moonbase/protocol'
import type { Conversation, ToolOutcome } from './conversation.ts'
import type { Decision } from './decision.ts'
import { isRecord } from './schema-view.ts'
import { shorten } from './shorten.ts'

const MOST_OUTCOMES = 32
const LONGEST_RESULT = 600
const MOST_VALUES = 24
const MAXIMUM_DEPTH = 4

export function answerFromTools({ outcomes }: Conversation): Decision | undefined {
  if (outcomes.length === 0) return undefined
  const shown = outcomes.slice(-MOST_OUTCOMES).map(describeOutcome)
  const [only] = shown
  const left = outcomes.length - shown.length
  const head = left > 0 ? `The last ${shown.length} of ${outcomes.length} results:` : `I have ${shown.length} results:`
  const text =
    shown.length === 1 && only !== undefined ? only : `${head}\n${shown.map((line) => `- ${line}`).join('\n')}`
  return { thought: `The tools have answered (${namesOf(outcomes)}), so I tell the user what they said.`, text }
}

function namesOf(outcomes: readonly ToolOutcome[]): string {
  return [...new Set(outcomes.map(({ name }) => name))].slice(0, 8).join(', ')
}

function describeOutcome({ name, arguments: given, result }: ToolOutcome): string {
  const asked = parsed(given)
  const what = isRecord(asked) ? phrases(asked, 0).join(', ') : ''
  const call = what === '' ? name : `${name} (${what})`
  const value = parsed(result)
  if (isRecord(value) && typeof value['error'] === 'string' && value['error'] !== '')
    return `${call} failed: ${sentence(value['error'])}`
  const answer = value === undefined ? result.trim() : describe(value)
  return answer === '' ? `${call} answered with nothing.` : `${call} answered: ${sentence(answer)}`
}

function describe(value: unknown): string {
  if (isRecord(value)) return phrases(value, 0).join(', ')
  if (Array.isArray(value))
    return value.length === 0
      ? 'an empty list'
      : value
          .slice(0, MOST_VALUES)
          .map((entry) => scalar(entry, 1))
          .join('; ')
  return scalar(value, 0)
}

/** `temperature 21, wind: speed 3` and so on. */
function phrases(record: Readonly<Record<string, unknown>>, depth: number): string[] {
  const entries = Object.entries(record)
  const shown = entries
    .slice(0, MOST_VALUES)
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${scalar(value, depth + 1)}`)
  return entries.length > MOST_VALUES ? [...shown, `and ${entries.length - MOST_VALUES} more`] : shown
}

function scalar(value: unknown, depth: number): string {
  if (typeof value === 'string') return value
  if (isRecord(value) && depth <= MAXIMUM_DEPTH) return `(${phrases(value, depth).join(', ')})`
  if (Array.isArray(value) && depth <= MAXIMUM_DEPTH)
    return value
      .slice(0, MOST_VALUES)
      .map((entry) => scalar(entry, depth + 1))
      .join(', ')
  return JSON.stringify(value) ?? ''
}

function sentence(text: string): string {
  const short = text.length > LONGEST_RESULT ? shorten(text, LONGEST_RESULT) : text
  return /[.!?…。]$/.test(short) ? short : `${short}.`
}

/** JSON of a result that is JSON; a bare word or a sentence is not. */
function parsed(text: string): unknown {
  if (!/^\s*[[{"\d-]|^\s*(?:true|false|null)\s*$/.test(text)) return undefined
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
