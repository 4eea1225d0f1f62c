/** A scripted reply, made into answers and the manner in which they are spoken. */

import { type GenerationRequest, type TokenCounter, type Usage, partialOf, textOf } from '../../generation/index.ts'
import { type Answer, answerOf } from './answer.ts'
import type { PlannedCall } from './decision.ts'
import { type Pace, pacePerToken } from './pace.ts'
import { onePiece, piecesAsScripted, piecesOfSize, tokenPieces } from './pieces.ts'
import type { ScenarioFault, ScenarioReply } from './scenario.ts'
import type { Manner } from './speak.ts'

/** Everything that decides how a request is answered. */
export interface Performance {
  readonly answers: readonly Answer[]
  readonly manner: Manner
  readonly pace: Pace | undefined
  readonly fault: ScenarioFault | undefined
  /** Figures in place of those that are counted. */
  readonly usage: Partial<Usage>
}

/** The engine's own answer: in one piece when the client wants it whole, else as a stream brings it. */
export function ownPerformance(
  request: GenerationRequest,
  answers: readonly Answer[],
  tokensPerSecond: number | undefined,
  counter: TokenCounter,
): Performance {
  const cut = request.whole ? onePiece : tokenPieces
  return {
    answers,
    manner: { text: cut, others: cut, nameApart: !request.whole },
    pace: tokensPerSecond === undefined ? undefined : pacePerToken(tokensPerSecond, counter),
    fault: undefined,
    usage: {},
  }
}

/** The script's answer, in its own pieces whether or not the client wants it whole: its faults count them. */
export async function scriptedPerformance(
  request: GenerationRequest,
  reply: ScenarioReply,
  plan: () => Promise<readonly Answer[]>,
): Promise<Performance> {
  const { pace, usage = {}, fault, chunks } = reply
  const cut = reply.chunk_size === undefined ? tokenPieces : piecesOfSize(reply.chunk_size)
  // A reply that only fails has no need of an answer.
  const answers = fault?.status === undefined ? await scriptedAnswers(request, reply, plan) : []
  return {
    answers,
    manner: { text: chunks === undefined ? cut : piecesAsScripted(chunks), others: cut, nameApart: true },
    pace: pace === undefined ? undefined : { firstMs: pace.first_token_ms ?? 0, chunkMs: () => pace.per_chunk_ms ?? 0 },
    fault,
    usage,
  }
}

async function scriptedAnswers(
  request: GenerationRequest,
  reply: ScenarioReply,
  plan: () => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const text =
    reply.text ?? (reply.json === undefined ? undefined : JSON.stringify(reply.json)) ?? reply.chunks?.join('')
  const calls = reply.tool_calls?.map(callOf)
  const speaksItself = text === undefined && calls === undefined
  const scripted = answerOf(reply.reasoning ?? '', text ?? '', calls ?? [])
  const planned = speaksItself
    ? await plan()
    : Array.from({ length: request.sampling.n }, () => behindPrefix(scripted, request))
  return planned.map((answer) => directed(answer, request, reply, speaksItself))
}

/** What a script says about an answer, whoever wrote its text. */
function directed(answer: Answer, request: GenerationRequest, reply: ScenarioReply, speaksItself: boolean): Answer {
  const thought = speaksItself ? (reply.reasoning ?? answer.reasoning) : answer.reasoning
  return { ...answer, reasoning: request.thinking ? thought : '', finish: reply.finish_reason ?? answer.finish }
}

function callOf({ name, id, arguments: given }: NonNullable<ScenarioReply['tool_calls']>[number]): PlannedCall {
  const json = typeof given === 'string' ? given : JSON.stringify(given ?? {})
  return { name, arguments: json, ...(id === undefined ? {} : { id }) }
}

/** The rest of a scripted answer whose beginning the client sent back. A script for a continuation is said as it is. */
function behindPrefix(answer: Answer, request: GenerationRequest): Answer {
  const partial = partialOf(request)
  if (partial === undefined) return answer
  const text = textOf(partial.content)
  const thought = partial.reasoning ?? ''
  const begun = partial.toolCalls.length - 1
  const open = partial.toolCalls[begun]
  const scripted = answer.calls[begun]
  if (open !== undefined && scripted?.name === open.name && scripted.arguments.startsWith(open.arguments)) {
    const rest = { name: open.name, arguments: scripted.arguments.slice(open.arguments.length) }
    return { ...answer, reasoning: '', text: '', calls: [rest, ...answer.calls.slice(begun + 1)], begun }
  }
  return {
    ...answer,
    reasoning: answer.reasoning.startsWith(thought) ? answer.reasoning.slice(thought.length) : answer.reasoning,
    text: answer.text.startsWith(text) ? answer.text.slice(text.length) : answer.text,
  }
}
