/** A conversation as it is kept, and the line of it that the list shows. */

import { type Conversation, path } from '../conversation/index.ts'
import { readConversation } from './read-conversation.ts'
import { amount, flag, object, type Reader, text } from './shape.ts'

export interface Kept {
  readonly id: string
  readonly title: string
  readonly pinned: boolean
  /** Milliseconds since the Unix epoch. */
  readonly madeAt: number
  readonly changedAt: number
  readonly conversation: Conversation
}

export interface Summary extends Omit<Kept, 'conversation'> {
  /** Characters that it takes, about as many bytes; its media aside. */
  readonly size: number
  /** Runs that were under way when it was kept: they are asked for again. */
  readonly running: number
}

const LONGEST_TITLE = 120

const frame = object({ id: text, title: text, pinned: flag, madeAt: amount, changedAt: amount })
export const readSummary: Reader<Summary> = object({
  id: text,
  title: text,
  pinned: flag,
  madeAt: amount,
  changedAt: amount,
  size: amount,
  running: amount,
})

export const readKept: Reader<Kept> = (value) => {
  const found = frame(value)
  const conversation =
    typeof value === 'object' && value !== null && 'conversation' in value
      ? readConversation(value.conversation)
      : undefined
  return found === undefined || conversation === undefined ? undefined : { ...found, conversation }
}

export function summaryOf({ id, title, pinned, madeAt, changedAt, conversation }: Kept): Summary {
  const runs = Object.values(conversation.runs)
  let size = 200
  for (const { text: answer, reasoning, calls } of runs)
    size += answer.length + reasoning.length + calls.reduce((sum, call) => sum + call.arguments.length, 400)
  for (const { parts } of Object.values(conversation.turns))
    size += parts.reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 200), 100)
  return { id, title, pinned, madeAt, changedAt, size, running: running(conversation).length }
}

/** Runs that have no end, and a stream that can be asked for the rest. */
export function running({ runs }: Conversation): string[] {
  return Object.values(runs)
    .filter(({ endedMs, head }) => endedMs === undefined && head?.streamId !== undefined)
    .map(({ id }) => id)
}

/** The first words that a person wrote. */
export function titleOf(conversation: Conversation): string {
  for (const { role, parts } of path(conversation)) {
    if (role !== 'user') continue
    const words = parts
      .map((part) => (part.kind === 'text' ? part.text : part.kind === 'media' ? part.name : ''))
      .join(' ')
    const line = words.trim().split(/\s+/).join(' ')
    if (line !== '') return line.length <= LONGEST_TITLE ? line : `${line.slice(0, LONGEST_TITLE - 1).trimEnd()}…`
  }
  return ''
}

/** All words of it, for the search. */
export function wordsOf({ title, conversation }: Kept): string {
  const parts = Object.values(conversation.turns).flatMap((turn) => turn.parts)
  const written = parts.map((part) =>
    part.kind === 'text' ? part.text : part.kind === 'media' ? part.name : part.address,
  )
  const answers = Object.values(conversation.runs).flatMap(({ text: answer, reasoning }) => [answer, reasoning])
  return [title, ...written, ...answers].join('\n')
}

/** The files that it needs, by their digests. */
export function digestsIn({ turns }: Conversation): Set<string> {
  const parts = Object.values(turns).flatMap((turn) => turn.parts)
  return new Set(parts.flatMap((part) => (part.kind === 'media' ? [part.digest] : [])))
}
