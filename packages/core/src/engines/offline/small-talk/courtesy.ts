/** Greetings, thanks, and who is speaking: the places where the engine says plainly what it is. */

import type { Decision } from '../decision.ts'
import { pick } from '../request-hash.ts'

export function answerCourtesy(asked: string, hash: number): Decision | undefined {
  const text = asked.trim().slice(0, 300)
  for (const { pattern, thought, says } of COURTESIES) {
    if (pattern.test(text)) return { thought, text: pick(says, hash, 'courtesy') }
  }
  return undefined
}

interface Courtesy {
  readonly pattern: RegExp
  readonly thought: string
  readonly says: readonly [string, ...string[]]
}

const WHO =
  "I am moonbase's offline engine, a stand-in and not a language model. This server answers the way the API of kimi-k2.5 " +
  'does; the model itself is not behind it yet. To put an engine there, set MOONBASE_UPSTREAM to the address of one, or ' +
  'name it in moonbase.yaml.'

const ABILITIES =
  "I am moonbase's offline engine, so I do what needs no model: small sums, counting, repeating words, remembering what was " +
  'said here, and all of the API around it. Give me tools and I call them with arguments that fit; give me a schema and I ' +
  'fill it; start a message and I go on from it; send an image and I measure it. Scenario files script the rest.'

const COURTESIES: readonly Courtesy[] = [
  {
    pattern:
      /^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))(?:[ ,]+(?:there|all|everyone|kimi|moonbase|again|world))?[\s!.,?]*$/i,
    thought: 'A greeting deserves one back, and a word about who is speaking.',
    says: [
      "Hello! I am moonbase's offline engine, a stand-in for the real model. What shall we try?",
      "Hi! This is moonbase's offline engine speaking; there is no language model behind me, but the API is real.",
      "Hello! You have reached moonbase's offline engine. Ask me a sum, give me a tool, or hand me a schema.",
    ],
  },
  {
    pattern: /^(?:你好|您好|嗨|哈喽|早上好|晚上好)[!！。.\s]*$/,
    thought: 'A greeting in Chinese: I answer in kind.',
    says: ['你好！我是 moonbase 的离线引擎，不是语言模型，只是一个替身；但这里的 API 是真实的。'],
  },
  {
    pattern: /^(?:你是谁|你是什么(?:模型)?|你叫什么(?:名字)?|介绍一下(?:你)?自己)[?？。!！\s]*$/,
    thought: 'I say in Chinese what I am.',
    says: [
      '我是 moonbase 的离线引擎，一个替身，并不是语言模型。要接入真正的模型，请设置 MOONBASE_UPSTREAM，或在 moonbase.yaml 里配置引擎。',
    ],
  },
  {
    pattern: /^(?:谢谢|多谢)(?:你|您)?[!！。.\s]*$/,
    thought: 'Thanks are answered.',
    says: ['不客气！'],
  },
  {
    pattern: /^(?:thanks|thank you|thx|cheers)\b[^?]{0,60}$/i,
    thought: 'Thanks are answered.',
    says: ['You are welcome!', 'Gladly.'],
  },
  {
    pattern: /^(?:bye|goodbye|see you|good night)[\s!.,]*$/i,
    thought: 'The user takes leave.',
    says: ['Goodbye!'],
  },
  { pattern: /^ping[\s!.?]*$/i, thought: 'A ping is answered with a pong.', says: ['pong'] },
  {
    pattern: /\bhow are you\b[^.]{0,20}\?*$/i,
    thought: 'A friendly question about something I do not have.',
    says: ['All my parts work, thank you. I am an offline engine, so there is not much more to tell.'],
  },
  {
    pattern:
      /\b(?:who are you|what are you|what(?:['’]s| is) your name|introduce yourself|(?:what|which) (?:ai |language )?model (?:are you|is this|am i (?:talking|speaking) to)|are you (?:a |an )?(?:real |human|ai|bot|kimi|chatgpt|gpt|claude|language model|llm)\b[^.?]{0,20})\s*\??/i,
    thought: 'I am asked what I am, and say so.',
    says: [WHO],
  },
  {
    pattern: /^(?:help|what can you do|what do you do|how can you help(?: me)?)\b[^.]{0,30}\?*$/i,
    thought: 'I list what I can do without a model.',
    says: [ABILITIES],
  },
  {
    pattern:
      /\bwhat(?:['’]s| is)? (?:the )?(?:current )?(?:time|date|day)(?: is it| is today)?(?: (?:now|today|right now|currently))?\s*\?*$|\bwhat day is (?:it|today)\b/i,
    thought: 'I have no clock in what I say, because the same request has to bring the same answer.',
    says: [
      'I cannot tell: the offline engine answers from the request alone, so that the same request brings the same answer.',
    ],
  },
]
