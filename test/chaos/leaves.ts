/** How a client leaves, by the number of its stream, and what the upstream does meanwhile: a prompt says both. */

import type { ModelUpstreamOptions } from '../support/model-upstream.ts'

const WAYS = [
  'aborts in the middle',
  'stops reading',
  'aborts before anything comes',
  'aborts in the middle',
  'aborts a whole reply',
  'stops reading',
  'aborts before anything comes',
  'times out and asks again',
  'aborts in the middle',
  'reads to the end',
] as const

type WayOfLeaving = (typeof WAYS)[number]

export function waysOfLeaving(number: number): WayOfLeaving {
  return WAYS[number % WAYS.length] ?? 'reads to the end'
}

/** Long enough that a request that is kept anywhere shows: twenty of them are more than what is allowed. */
const PROMPT_CHARACTERS = 65_536

export function promptOf(way: WayOfLeaving, number: number): string {
  return `${way} (${number}) ${'and then the moon rose over the quiet sea, '.repeat(2048)}`.slice(0, PROMPT_CHARACTERS)
}

/** Gives a part of its answer and then nothing more, or nothing at all, until its client leaves. */
export const leftUpstream: ModelUpstreamOptions = {
  answer: () => ({ reasoning: 'Let me think. '.repeat(10), text: 'The moon is up. '.repeat(20), calls: [] }),
  remembers: false,
  fault: (_count, { messages = [] }) => {
    const asked = String(messages.at(-1)?.content)
    if (asked.startsWith('reads to the end')) return undefined
    if (asked.startsWith('aborts in the middle') || asked.startsWith('stops reading'))
      return { after: 10, how: 'stall' }
    return { before: 'silence' }
  },
}
