/** From a request to the whole answer of one choice: the order in which the engine looks for something to say. */

import { type GenerationRequest, partialOf } from '../../generation/index.ts'
import { type Answer, answerOf } from './answer.ts'
import { callTools } from './call-tools.ts'
import { continuePrefix } from './continue-prefix.ts'
import { type Conversation, readConversation } from './conversation.ts'
import type { Decision } from './decision.ts'
import { type MediaViewer, describeMedia } from './describe-media.ts'
import { answerInJson, jsonFormOf } from './json-answer.ts'
import { requestHash } from './request-hash.ts'
import { smallTalk } from './small-talk/index.ts'
import { reasoningFor } from './think.ts'
import { answerFromTools } from './tool-results.ts'
import { admitLimits } from './unable.ts'

/** The answers of all choices. The same request brings the same answers. */
export async function planAnswers(request: GenerationRequest, viewer: MediaViewer): Promise<readonly Answer[]> {
  const conversation = readConversation(request)
  const pictures = await describeMedia(conversation.media, viewer)
  return Array.from({ length: request.sampling.n }, (_, choice) =>
    planOne(request, conversation, pictures, choice, viewer.engine),
  )
}

function planOne(
  request: GenerationRequest,
  conversation: Conversation,
  pictures: Decision | undefined,
  choice: number,
  engine: string,
): Answer {
  const hash = requestHash(request, choice)
  const decision = decide(request, conversation, pictures, hash, engine)
  const reasoning = request.thinking ? reasoningFor(decision, conversation, hash) : ''
  const whole = answerOf(reasoning, decision.text, decision.calls ?? [])
  const partial = partialOf(request)
  return partial === undefined ? whole : continuePrefix({ request, conversation, partial, whole, decision })
}

function decide(
  request: GenerationRequest,
  conversation: Conversation,
  pictures: Decision | undefined,
  hash: number,
  engine: string,
): Decision {
  const calls = callTools(request, conversation, engine)
  if (calls !== undefined) return calls
  const plain =
    answerFromTools(conversation) ??
    pictures ??
    smallTalk(conversation, hash) ??
    admitLimits(conversation, request, hash)
  const form = jsonFormOf(request, conversation)
  return form === undefined ? plain : answerInJson(form, conversation, plain, engine)
}
