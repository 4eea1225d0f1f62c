/** A client of Anthropic's wire without an SDK. */

import assert from 'node:assert/strict'
import { foldMessage } from '../../packages/core/src/dialects/anthropic/testing/fold-message.ts'
import { isFields } from '@moonbase/protocol'
import { type CalledReply, call } from './call.ts'

type Fields = Record<string, unknown>

/** One block of a message, with the fields that tests ask for. */
export interface WireBlock extends Fields {
  readonly type: string
}

export interface WireMessage extends Fields {
  readonly content: readonly WireBlock[]
  readonly stop_reason: string
  readonly usage: Readonly<Record<string, number>>
}

export interface MessagesClient {
  /** As it comes, whatever it is. */
  send(fields: Fields, headers?: Readonly<Record<string, string>>): Promise<CalledReply>
  /** A message that is complete, whole or folded from its stream. */
  message(fields: Fields): Promise<WireMessage>
  count(fields: Fields): Promise<number>
}

/** @param path the base, as a client is given it */
export function messagesClient(url: string, key: string, path = '/anthropic'): MessagesClient {
  const base = { model: 'kimi-k2.5', max_tokens: 500 }
  const post = (route: string, body: Fields, headers: Readonly<Record<string, string>> = {}): Promise<CalledReply> =>
    call(`${url}${path}/v1/messages${route}`, {
      key: null,
      body,
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', ...headers },
    })
  return {
    send: (fields, headers) => post('?beta=true', { ...base, ...fields }, headers),
    async message(fields) {
      const { status, text, json } = await post('', { ...base, ...fields })
      assert.equal(status, 200, text)
      const message = fields['stream'] === true ? foldMessage(text) : json
      assert.ok(isMessage(message))
      return message
    },
    async count(fields) {
      const { status, text, json } = await post('/count_tokens', { model: 'kimi-k2.5', ...fields })
      assert.equal(status, 200, text)
      assert.ok(isFields(json) && typeof json['input_tokens'] === 'number')
      return json['input_tokens']
    },
  }
}

function isMessage(value: unknown): value is WireMessage {
  return isFields(value) && value['type'] === 'message' && Array.isArray(value['content']) && isFields(value['usage'])
}
