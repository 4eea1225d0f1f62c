/** Workers AI: the wire of the binding, which Miniflare sends in an envelope too, and REST with the two forms of its answers. */

import { ACCOUNT } from '../support/gateway-client.ts'
import { chatAsking, chatRefusal, chatSeeds, readChatStream, saidInChat } from './chat-wire.ts'
import {
  type Face,
  type Fields,
  PARAMETERS,
  type Refusal,
  type Shown,
  at,
  byBearer,
  listAt,
  refusalAt,
} from './face.ts'

const PROXIED = 'moonshotai/kimi-k2.5'
const HOSTED = `@cf/${PROXIED}`
const REST = `/client/v4/accounts/${ACCOUNT}/ai`

/** What stands in every body of its refusals. */
function faultIn(body: unknown): Refusal | undefined {
  const [error, ...others] = listAt(body, 'errors')
  const code = at(error, 'code')
  return typeof code === 'number' && others.length === 0 ? refusalAt(String(code), at(error, 'message')) : undefined
}

/** REST's envelope around nothing. */
function envelopedFault(body: unknown): Refusal | undefined {
  const isEnvelope =
    at(body, 'success') === false && at(body, 'result') === null && listAt(body, 'messages').length === 0
  return isEnvelope ? faultIn(body) : undefined
}

/** As the class behind `env.AI` reads it, which throws `<internalCode>: <description>`; and what it hands through where a run is gone. */
function bindingFault(body: unknown): Refusal | undefined {
  if (at(body, 'error') === 'Request not found') return { type: '', message: 'Request not found' }
  const fault = envelopedFault(body)
  const [code, said] = [at(body, 'internalCode'), at(body, 'description')]
  const isReadable =
    String(code) === fault?.type && said === fault.message && at(body, 'message') === `${fault.type}: ${said}`
  return isReadable && typeof at(body, 'name') === 'string' ? fault : undefined
}

/** The same in both places where somebody looks. */
function chatFault(body: unknown): Refusal | undefined {
  const fault = envelopedFault(body)
  return fault !== undefined && isSaidTwice(body, fault) ? fault : undefined
}

function streamFault(event: unknown): Refusal | undefined {
  const fault = faultIn(event)
  return fault !== undefined && isSaidTwice(event, fault) ? fault : undefined
}

const isSaidTwice = (body: unknown, { type, message }: Refusal): boolean =>
  chatRefusal(body)?.message === message && at(body, 'error', 'code') === type

const readStream: Face['readStream'] = (text) => readChatStream(text, streamFault)

/** Inputs of a run, which do not name its model. */
const inputsOf = (body: Fields): Fields => Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'model'))
const hosted = (inputs: Fields): Fields => ({ ...inputs, model: HOSTED })
const asking = (words: string, stream: boolean): Fields => ({
  messages: [{ role: 'user', content: words }],
  max_completion_tokens: 500,
  ...(stream ? { stream } : {}),
})

/** What its schemas have, its provider for the AI SDK sends, and other chat completions do not know. */
const OWN_SEEDS: readonly Fields[] = [
  {
    messages: [
      { role: 'developer', content: 'S' },
      { role: 'user', content: 'A person' },
    ],
    response_format: { type: 'json_schema', json_schema: PARAMETERS },
    reasoning_effort: null,
    temperature: 0.2,
    top_p: 0.9,
    n: 1,
    seed: 7,
    stop: ['x'],
    logit_bias: { 7: 1 },
    metadata: { team: 'moon' },
  },
  {
    messages: [
      { role: 'user', content: 'Weather in Oslo?' },
      {
        role: 'assistant',
        content: null,
        reasoning: 'r',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }],
      },
      { role: 'tool', name: 'get_weather', tool_call_id: 'a', content: '{"celsius":3}' },
    ],
    tools: [{ type: 'function', function: { name: 'get_weather', parameters: PARAMETERS } }],
    chat_template_kwargs: { enable_thinking: true },
    max_tokens: 100,
    stream: true,
    stream_options: { include_usage: true },
  },
]

/** @param model '' for none */
function runOf(model: string): Face {
  return {
    name: 'workers-ai',
    path: '/ai-gateway/run?version=3',
    /** As workerd shows a key, and as Miniflare does: in the path to which it sends what it would ask. */
    shown(authorization, path) {
      const named = { 'cf-consn-model-id': model }
      const shown: Shown[] = byBearer(authorization, path).map(({ headers }) => ({
        path,
        headers: { ...headers, ...named },
      }))
      const [, key] = /^Bearer (.*)$/.exec(authorization ?? '') ?? []
      if (key === undefined && authorization !== undefined) return shown
      const enveloped = {
        'mf-binding': 'AI',
        'mf-url': `https://workers-binding.ai${path}`,
        'mf-header-content-type': 'application/json',
        'mf-header-cf-consn-model-id': model,
      }
      return [...shown, { path: `/workers-ai/${encodeURIComponent(key ?? '')}`, headers: enveloped }]
    },
    of: runOf,
    asking: (words, stream) => ({ inputs: asking(words, stream), options: {} }),
    saidIn: (reply) => (at(reply, 'gatewayMetadata', 'keySource') === 'Unified' ? saidInChat(reply) : undefined),
    readStream,
    refusalIn: bindingFault,
    seeds: [...chatSeeds(model).map(inputsOf), ...OWN_SEEDS].map((inputs, index) => ({
      inputs,
      options: OPTIONS[index % OPTIONS.length],
    })),
  }
}

const OPTIONS: readonly Fields[] = [
  {},
  { gateway: { id: 'default' } },
  {
    gateway: {
      id: 'default',
      cacheKey: 'k',
      cacheTtl: 60,
      skipCache: true,
      metadata: { a: 1, b: 'x', c: null, d: true },
      collectLog: true,
      eventId: 'e',
      requestTimeoutMs: 10_000,
      retries: { maxAttempts: 1, retryDelayMs: 1, backoff: 'linear' },
    },
    rejectIfBusy: true,
    returnRawResponse: false,
  },
]

export const bindingFace = runOf(PROXIED)

function restOf(model: string): Face {
  return {
    name: 'workers-ai, rest',
    path: `${REST}/run/${model}`,
    shown: byBearer,
    of: restOf,
    asking,
    saidIn: (reply) => (at(reply, 'success') === true ? saidInChat(at(reply, 'result')) : undefined),
    readStream,
    refusalIn: envelopedFault,
    seeds: [...chatSeeds(model).map(inputsOf), ...OWN_SEEDS, { prompt: 'Hello', max_tokens: 50, stream: true }],
  }
}

export const workersAiRestFace = restOf(HOSTED)

export const workersAiChatFace: Face = {
  name: 'workers-ai, chat',
  path: `${REST}/v1/chat/completions`,
  shown: byBearer,
  asking: chatAsking(PROXIED),
  saidIn: saidInChat,
  readStream,
  refusalIn: chatFault,
  seeds: [...chatSeeds(PROXIED), ...OWN_SEEDS.map(hosted)],
}
