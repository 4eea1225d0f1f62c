/** Ends an answer where its budget of tokens ends: in the reasoning, in the text, or in the arguments of a call. */

import type { TokenCounter } from '../../generation/index.ts'
import type { Answer } from './answer.ts'
import type { PlannedCall } from './decision.ts'

/**
 * `maximum` counts reasoning and answer together, as the platform does: a budget that the reasoning uses up leaves an
 * empty text and `length`. Counted as the meter counts, so the bill of a cut answer never passes its budget.
 */
export function fitBudget(answer: Answer, maximum: number, counter: TokenCounter): Answer {
  const reasoning = startWithin(answer.reasoning, maximum, counter)
  if (reasoning.length < answer.reasoning.length) return { reasoning, text: '', calls: [], finish: 'length' }
  const left = maximum - counter.countText(reasoning)
  const whole = answer.text + answer.calls.map((call) => call.name + call.arguments).join('')
  const kept = startWithin(whole, left, counter)
  if (kept.length === whole.length) return answer
  return {
    ...answer,
    reasoning,
    text: answer.text.slice(0, kept.length),
    calls: callsWithin(answer, kept.length),
    finish: 'length',
  }
}

function callsWithin({ text, calls }: Answer, length: number): PlannedCall[] {
  const kept: PlannedCall[] = []
  let left = length - text.length
  for (const call of calls) {
    // A name is never cut: without room for it the call does not begin.
    if (left < call.name.length || left <= 0) break
    left -= call.name.length
    kept.push({ ...call, arguments: withoutHalfCharacter(call.arguments.slice(0, left)) })
    left -= call.arguments.length
  }
  return kept
}

/** The longest beginning of the text that has at most `maximum` tokens. */
function startWithin(text: string, maximum: number, counter: TokenCounter): string {
  if (text === '') return ''
  const fits = (length: number): boolean =>
    length === 0 || counter.countText(withoutHalfCharacter(text.slice(0, length))) <= maximum
  // Doubling first, so that a small budget costs little however long the text is.
  let fitting = 0
  let tried = Math.min(text.length, Math.max(16, maximum * 2))
  while (fits(tried)) {
    fitting = tried
    if (tried === text.length) return text
    tried = Math.min(text.length, tried * 2)
  }
  // Invariant: `fitting` fits, `tried` does not.
  while (tried - fitting > 1) {
    const middle = Math.floor((fitting + tried) / 2)
    if (fits(middle)) fitting = middle
    else tried = middle
  }
  return withoutHalfCharacter(text.slice(0, fitting))
}

function withoutHalfCharacter(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '')
}
