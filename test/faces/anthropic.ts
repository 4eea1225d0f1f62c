/** Anthropic's Messages: blocks, and a stream of named events. */

import { SEED_REQUESTS } from '../../packages/core/src/dialects/anthropic/testing/seed-requests.ts'
import { type Face, at, dataOf, listAt, refusalAt, textAt } from './face.ts'

const BASE = { model: 'kimi-k2.5', max_tokens: 500 }

export const anthropicFace: Face = {
  name: 'anthropic',
  path: '/anthropic/v1/messages',
  /** By the header of its own clients, and by the other one. */
  shown(authorization, path) {
    const version = { 'anthropic-version': '2023-06-01' }
    if (authorization === undefined) return [{ path, headers: version }]
    const other = { path, headers: { ...version, authorization } }
    const [, key] = /^Bearer (.*)$/.exec(authorization) ?? []
    return key === undefined ? [other] : [{ path, headers: { ...version, 'x-api-key': key } }, other]
  },
  asking: (words, stream) => ({
    ...BASE,
    messages: [{ role: 'user', content: words }],
    thinking: { type: 'adaptive', display: 'summarized' },
    ...(stream ? { stream } : {}),
  }),
  saidIn(reply) {
    if (at(reply, 'type') !== 'message') return undefined
    return listAt(reply, 'content')
      .map((block) => {
        const input = at(block, 'input')
        return textAt(block, 'thinking') + textAt(block, 'text') + (input === undefined ? '' : JSON.stringify(input))
      })
      .join('')
  },
  readStream(text) {
    const events = dataOf(text)
    const deltas = events.map((event) => at(event, 'delta'))
    const last = events.at(-1)
    return {
      said: deltas
        .map((delta) => textAt(delta, 'thinking') + textAt(delta, 'text') + textAt(delta, 'partial_json'))
        .join(''),
      complete: events.some((event) => /^message_(?:delta|stop)$/.test(textAt(event, 'type'))),
      failure:
        at(last, 'type') === 'error' ? refusalAt(at(last, 'error', 'type'), at(last, 'error', 'message')) : undefined,
    }
  },
  refusalIn: (body) =>
    at(body, 'type') === 'error' && typeof at(body, 'request_id') === 'string'
      ? refusalAt(at(body, 'error', 'type'), at(body, 'error', 'message'))
      : undefined,
  seeds: SEED_REQUESTS,
}
