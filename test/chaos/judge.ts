/** What a client may be left with: the whole answer, exactly, or an error and a beginning of it. All else is a failure. */

import type { ModelAnswer } from '../support/model-upstream.ts'
import type { StreamSeen } from './strict-client.ts'

export type Verdict =
  | 'complete'
  /** A status or an error in the stream, no `[DONE]`, and nothing wrong before it. */
  | 'explicit error'
  /** The client went by itself. */
  | 'left'
  /** It looks like an end, and something is missing behind it. */
  | 'truncated'
  /** Something is there twice, is missing in the middle, or belongs to somebody else. */
  | 'wrong'
  | 'hang'
  /** Usage is missing, there twice, or not what the answer costs undisturbed. */
  | 'wrong bill'

export interface Judgement {
  readonly verdict: Verdict
  /** Set for failures and errors. */
  readonly why?: string
}

export const FAILURES: ReadonlySet<Verdict> = new Set(['truncated', 'wrong', 'hang', 'wrong bill'])

/** `promptTokens`: what the prompt costs. A token of the answer is a byte. */
export function judge(seen: StreamSeen, answer: ModelAnswer, promptTokens: number): Judgement {
  const wrong = mistake(seen, answer)
  if (wrong !== undefined) return { verdict: 'wrong', why: wrong }
  if (seen.end === 'left') return { verdict: 'left' }
  if (seen.end === 'patience') return { verdict: 'hang', why: progress(seen, answer) }
  if (seen.error !== undefined) {
    if (seen.done) return { verdict: 'truncated', why: '[DONE] behind an error' }
    return { verdict: 'explicit error', why: `${seen.error}; ${progress(seen, answer)}` }
  }
  const missing = lack(seen, answer)
  if (missing !== undefined) return { verdict: 'truncated', why: `${missing}; ${progress(seen, answer)}` }
  const bill = misbilled(seen, answer, promptTokens)
  return bill === undefined ? { verdict: 'complete' } : { verdict: 'wrong bill', why: bill }
}

/** What was given is not a beginning of the answer. */
function mistake({ reasoning, text, calls, oddities }: StreamSeen, answer: ModelAnswer): string | undefined {
  if (oddities.length > 0) return oddities.join('; ')
  if (!answer.reasoning.startsWith(reasoning)) return difference('reasoning', reasoning, answer.reasoning)
  if (!answer.text.startsWith(text)) return difference('text', text, answer.text)
  if ((text !== '' || calls.length > 0) && reasoning !== answer.reasoning) return 'a part of the thought is missing'
  if (calls.length > 0 && text !== answer.text) return 'a part of the text is missing before a call'
  for (const [index, call] of calls.entries()) {
    const { name, arguments: given } = answer.calls[index] ?? { name: '', arguments: '' }
    if (call.name !== name || call.id !== `${name}:${index}`) return `call ${index} is ${call.id} and not ${name}`
    if (!given.startsWith(call.arguments)) return difference(`call ${index}`, call.arguments, given)
    if (index < calls.length - 1 && call.arguments !== given) return `a part of call ${index} is missing`
  }
  return undefined
}

/** What a stream that ended without an error lacks. */
function lack({ done, end, finish, reasoning, text, calls }: StreamSeen, answer: ModelAnswer): string | undefined {
  if (end === 'broken') return 'the connection broke without a word'
  if (!done) return 'it ended without [DONE]'
  const expected = answer.calls.length > 0 ? 'tool_calls' : 'stop'
  if (finish !== expected) return `finish is ${finish}`
  if (reasoning !== answer.reasoning || text !== answer.text) return 'text is missing'
  const whole = calls.length === answer.calls.length && calls.at(-1)?.arguments === answer.calls.at(-1)?.arguments
  return whole ? undefined : 'a call is missing'
}

function misbilled({ usages }: StreamSeen, answer: ModelAnswer, promptTokens: number): string | undefined {
  const [usage] = usages
  if (usage === undefined || usages.length > 1) return `usage came ${usages.length} times`
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0
  const right = costOf(answer)
  const isRight =
    prompt === promptTokens &&
    completion === right.completion &&
    reasoning === right.reasoning &&
    total === prompt + completion
  if (isRight) return undefined
  return `billed ${prompt} + ${completion} (${reasoning}), costs ${promptTokens} + ${right.completion} (${right.reasoning})`
}

export function costOf({ reasoning, text, calls }: ModelAnswer): {
  readonly completion: number
  readonly reasoning: number
} {
  const thought = Buffer.byteLength(reasoning)
  const said = calls.map(({ name, arguments: given }) => name + given).join('')
  return { reasoning: thought, completion: thought + Buffer.byteLength(text + said) }
}

function difference(where: string, got: string, expected: string): string {
  let at = 0
  while (at < got.length && got[at] === expected[at]) at += 1
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(at - 30, 0), at + 40))
  return `${where} differs at ${at}: got ${around(got)}, expected ${around(expected)}`
}

function progress({ reasoning, text, calls, seams, status }: StreamSeen, answer: ModelAnswer): string {
  const lengths = (thought: string, said: string, count: number): string =>
    `${thought.length} + ${said.length} characters and ${count} calls`
  const got = lengths(reasoning, text, calls.length)
  const last =
    calls.length === 0 ? '' : `, the last call cut behind ${JSON.stringify(calls.at(-1)?.arguments.slice(-30))}`
  return `${status}, ${got} of ${lengths(answer.reasoning, answer.text, answer.calls.length)}, ${seams} seams${last}`
}
