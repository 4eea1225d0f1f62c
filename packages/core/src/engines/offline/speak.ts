/** Says the answers of a generation: one event for each piece, the choices in turn. */

import type { GenerationEvent } from '../../generation/index.ts'
import type { Answer } from './answer.ts'
import type { Cut } from './pieces.ts'

export interface Manner {
  /** How the text is cut. */
  readonly text: Cut
  /** How reasoning and arguments are cut. */
  readonly others: Cut
  /** A call's name comes in a piece of its own, before the arguments: the way a stream brings it. */
  readonly nameApart: boolean
}

/** Everything from `start` to the last `finish`; nothing is cut or copied before it is asked for. */
export function* speak(
  answers: readonly Answer[],
  manner: Manner,
  source: { readonly engine: string; readonly model: string },
): Generator<GenerationEvent, void, void> {
  yield { type: 'start', ...source }
  const speaking = new Map(answers.map((answer, choice) => [choice, sayOne(answer, choice, manner)]))
  while (speaking.size > 0) {
    for (const [choice, events] of speaking) {
      const { done, value } = events.next()
      if (done === true) speaking.delete(choice)
      else yield value
    }
  }
}

function* sayOne(answer: Answer, choice: number, manner: Manner): Generator<GenerationEvent, void, void> {
  for (const text of manner.others(answer.reasoning)) yield { type: 'reasoning', choice, text }
  for (const text of manner.text(answer.text)) yield { type: 'text', choice, text }
  for (const [index, { name, id, arguments: given }] of answer.calls.entries()) {
    const call = (answer.begun ?? 0) + index
    if (answer.begun === call) {
      for (const piece of manner.others(given)) yield { type: 'tool-call', choice, call, arguments: piece }
      continue
    }
    const first = { type: 'tool-call', choice, call, name, ...(id === undefined ? {} : { id }) } as const
    if (manner.nameApart) {
      yield { ...first, arguments: '' }
      for (const piece of manner.others(given)) yield { type: 'tool-call', choice, call, arguments: piece }
    } else yield { ...first, arguments: given }
  }
  yield { type: 'finish', choice, reason: answer.finish }
}
