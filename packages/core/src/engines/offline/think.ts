/** The reasoning: what the engine was asked, what it makes of it, and what it will do. Short, and true. */

import type { Conversation } from './conversation.ts'
import type { Decision } from './decision.ts'
import { pick } from './request-hash.ts'
import { shorten } from './shorten.ts'

const LONGEST_QUOTE = 160

export function reasoningFor({ thought }: Decision, { asked, outcomes }: Conversation, hash: number): string {
  const question = shorten(asked, LONGEST_QUOTE)
  const opening =
    question === ''
      ? 'There is no message from a user to answer.'
      : outcomes.length > 0
        ? pick(
            ['The tools have answered; back to the question:', 'With the results at hand, the question was:'],
            hash,
            'opening',
          ) + ` “${question}”.`
        : pick(['The user says:', 'The message to answer:', 'I am asked:'], hash, 'opening') + ` “${question}”.`
  return `${opening} I am moonbase's offline engine and work by fixed rules, not by a model. ${thought}`
}
