/** What the engine says when a question is beyond it: what it is, what it understood, and how to get a real answer. */

import type { GenerationRequest } from '../../generation/index.ts'
import type { Conversation } from './conversation.ts'
import type { Decision } from './decision.ts'
import { pick } from './request-hash.ts'
import { shorten } from './shorten.ts'

const LONGEST_QUOTE = 200

export function admitLimits(
  { asked }: Conversation,
  { tools }: Pick<GenerationRequest, 'tools'>,
  hash: number,
): Decision {
  const question = shorten(asked, LONGEST_QUOTE)
  const unused = tools.length > 0 ? ' None of the tools I was given seemed to be asked for.' : ''
  if (question === '') {
    return {
      thought: 'There is nothing to answer, so I say who is here.',
      text: `This is moonbase's offline engine, a stand-in and not a language model. There was no question in what I received.${HOW}`,
      brief: BRIEF,
    }
  }
  if (HAN.test(question)) {
    return {
      thought: `This takes a language model.${unused}`,
      text: `我是 moonbase 的离线引擎，不是语言模型，无法真正回答：“${question}”。要得到真正的回答，请设置 MOONBASE_UPSTREAM，或在 moonbase.yaml 里配置引擎。`,
      brief: '这超出了 moonbase 离线引擎的能力',
    }
  }
  return {
    thought: `This takes a language model, which I am not.${unused} I say so, and how to get one.`,
    text: `${pick(WHAT, hash, 'unable')} You asked: “${question}”.${unused}${HOW}`,
    brief: BRIEF,
  }
}

const BRIEF = "beyond moonbase's offline engine, which has no model"

const WHAT: readonly [string, ...string[]] = [
  "I am moonbase's offline engine, a stand-in and not a language model, so I cannot really answer this.",
  "This is moonbase's offline engine speaking. There is no language model behind me, and your request takes one.",
  "You have reached moonbase's offline engine: the API around me is real, but this question needs a model that I do not have.",
]

const HOW = ' For a real answer, point MOONBASE_UPSTREAM at an engine, or name one in moonbase.yaml.'

/** Mostly Chinese characters. */
const HAN = /^(?:[^\p{L}]*\p{Script=Han}){2}/u
