/** What the engine can truly answer without a model. */

import type { Conversation } from '../conversation.ts'
import type { Decision } from '../decision.ts'
import { answerSum } from './arithmetic.ts'
import { answerCounting } from './counting.ts'
import { answerCourtesy } from './courtesy.ts'
import { answerEcho } from './echo.ts'
import { answerRecall } from './recall.ts'
import { answerTextTrick } from './text-tricks.ts'

/** `undefined` when the question is beyond an engine without a model. */
export function smallTalk(conversation: Conversation, hash: number): Decision | undefined {
  const { asked } = conversation
  return (
    answerCourtesy(asked, hash) ??
    answerRecall(conversation) ??
    answerCounting(asked, hash) ??
    answerTextTrick(asked) ??
    sum(asked) ??
    answerEcho(asked)
  )
}

function sum(asked: string): Decision | undefined {
  const answer = answerSum(asked)
  if (answer === undefined) return undefined
  const { expression, result } = answer
  if (result === undefined) {
    return { thought: `${expression} divides by zero.`, text: `${expression} has no value: it divides by zero.` }
  }
  const equals = result.startsWith('about ') ? `is ${result}` : `= ${result}`
  return { thought: `A sum: ${expression} ${equals}.`, text: `${expression} ${equals}`, core: result }
}
