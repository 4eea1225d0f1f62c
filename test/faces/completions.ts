/** Completions of old, which have text and nothing else. */

import { type Face, byBearer, at, refusalAt, textAt, dataOf, listAt } from './face.ts'
import { openAiRefusal } from './responses.ts'

export const completionsFace: Face = {
  name: 'completions',
  path: '/v1/completions',
  shown: byBearer,
  asking: (words, stream) => ({ model: 'kimi-k2.5', prompt: words, max_tokens: 500, ...(stream ? { stream } : {}) }),
  saidIn(reply) {
    const text = at(reply, 'choices', 0, 'text')
    return typeof text === 'string' ? text : undefined
  },
  readStream(text) {
    const events = dataOf(text)
    return {
      said: events.map((event) => textAt(event, 'choices', 0, 'text')).join(''),
      complete:
        text.includes('[DONE]') ||
        events.some((event) => listAt(event, 'choices').some((choice) => textAt(choice, 'finish_reason') !== '')),
      failure: refusalAt(at(events.at(-1), 'error', 'type'), at(events.at(-1), 'error', 'message')),
    }
  },
  refusalIn: openAiRefusal,
  seeds: [
    {
      model: 'kimi-k2.5',
      prompt: 'Once',
      max_tokens: 50,
      stop: ['x'],
      n: 1,
      user: 'u',
      suffix: '',
      echo: false,
      logprobs: 0,
      best_of: 1,
    },
    {
      model: 'kimi-k2.5',
      prompt: ['Once'],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.6,
      top_p: 0.95,
      presence_penalty: 0,
      frequency_penalty: 0,
    },
  ],
}
