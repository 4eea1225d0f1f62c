/** Random conversations into this wire and back, random answers out of it, and every cut of a stream. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol'
import * as fc from 'fast-check'
import {
  type DraftMessage,
  type GenerationEvent,
  type ImagePart,
  ReplyFold,
  mediaFromUrl,
} from '../../generation/index.ts'
import type { WireRequest } from '../dialect.ts'
import { bindingRun, workersAi } from './index.ts'

const dialect = workersAi(bindingRun, 'binding', mediaFromUrl)
const MODELS = ['moonshotai/kimi-k2.5', '@cf/moonshotai/kimi-k2.5'] as const

function runOf(model: string, inputs: unknown): WireRequest {
  return {
    bytes: undefined,
    body: () => ({ inputs, options: {} }),
    header: (name) => (name === 'cf-consn-model-id' ? model : undefined),
    parameters: {},
  }
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const image = mediaFromUrl('image', `data:image/png;base64,${PNG}`)
assert.ok(typeof image === 'object' && image.type === 'image')
const IMAGE: ImagePart = image

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const content = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      text.map((words) => ({ type: 'text' as const, text: words })),
      fc.constant(IMAGE),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
)
const call = fc.record(
  {
    id: text,
    builtin: fc.constant(false),
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    arguments: fc.json({ maxDepth: 2 }),
  },
  { noNullPrototype: true },
)
const message: fc.Arbitrary<DraftMessage> = fc.oneof(
  fc.record({ role: fc.constantFrom('system' as const, 'user' as const), content }, { noNullPrototype: true }),
  fc.record(
    {
      role: fc.constant('assistant' as const),
      content: fc.oneof(text, fc.constant('')),
      reasoning: fc.string({ unit: 'grapheme' }),
      toolCalls: fc.array(call, { maxLength: 3 }),
      partial: fc.boolean(),
    },
    { requiredKeys: ['role', 'content', 'toolCalls', 'partial'], noNullPrototype: true },
  ),
  fc.record({ role: fc.constant('tool' as const), content: text, toolCallId: text }, { noNullPrototype: true }),
)

type Wording = 'reasoning_content' | 'reasoning'

/** As a client of this platform would write it. */
function written(one: DraftMessage, wording: Wording, developer: boolean): object {
  const parts =
    typeof one.content === 'string'
      ? one.content
      : one.content.map((part) => {
          if (part.type === 'text') return part
          assert.ok(part.type === 'image' && part.base64 !== undefined)
          return { type: 'image_url', image_url: { url: `data:${part.mime};base64,${part.base64}` } }
        })
  switch (one.role) {
    case 'system':
      return { role: developer ? 'developer' : 'system', content: parts }
    case 'user':
      return { role: 'user', content: parts }
    case 'tool':
      return { role: 'tool', tool_call_id: one.toolCallId, content: parts }
    case 'assistant':
      return {
        role: 'assistant',
        content: parts === '' ? null : parts,
        ...(one.reasoning === undefined ? {} : { [wording]: one.reasoning }),
        ...(one.partial ? { partial: true } : {}),
        ...(one.toolCalls.length === 0
          ? {}
          : {
              tool_calls: one.toolCalls.map(({ id, name, arguments: words }) => ({
                id,
                type: 'function',
                function: { name, arguments: words },
              })),
            }),
      }
  }
}

const piece = fc.oneof(
  fc.record({ type: fc.constantFrom('reasoning' as const, 'text' as const), choice: fc.constant(0), text }),
  fc.record({ type: fc.constant('tool-call' as const), call: fc.integer({ min: 0, max: 2 }), words: text }),
)

/** Events as routing gives them: calls without gaps, a finish, a usage. */
const events: fc.Arbitrary<GenerationEvent[]> = fc.array(piece, { maxLength: 12 }).map((pieces) => {
  const places = new Map<number, number>()
  const all: GenerationEvent[] = [{ type: 'start', engine: 'e', model: 'kimi-k2.5' }]
  for (const one of pieces) {
    if (one.type !== 'tool-call') {
      all.push(one)
      continue
    }
    const known = places.get(one.call)
    const place = known ?? places.size
    places.set(one.call, place)
    const named = known === undefined ? { name: `tool${place}` } : {}
    all.push({ type: 'tool-call', choice: 0, call: place, ...named, arguments: one.words })
  }
  all.push({ type: 'finish', choice: 0, reason: places.size > 0 ? 'tool_calls' : 'stop' })
  all.push({ type: 'usage', usage: { prompt: 3, completion: 4, cached: 1, reasoning: 2 } })
  return all
})

const HEAD = { requestId: 'a'.repeat(36), created: 1, model: 'kimi-k2.5', fingerprint: '', promptTokens: undefined }

interface Message {
  content: string
  reasoning_content: string
  tool_calls: { id: string; name: string; arguments: string }[]
}

interface Chunk {
  choices: { delta: Record<string, unknown>; finish_reason: string | null }[]
  usage?: unknown
  errors?: unknown
}

function blocksOf(stream: string): (Chunk | '[DONE]')[] {
  return stream
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => (block === 'data: [DONE]' ? '[DONE]' : (JSON.parse(block.slice('data: '.length)) as Chunk)))
}

function folded(chunks: readonly (Chunk | '[DONE]')[]) {
  const said: Message = { content: '', reasoning_content: '', tool_calls: [] }
  let finish: string | null = null
  let usage: unknown
  for (const chunk of chunks) {
    if (chunk === '[DONE]') continue
    usage = chunk.usage ?? usage
    for (const { delta, finish_reason: reason } of chunk.choices) {
      finish = reason ?? finish
      if (typeof delta['content'] === 'string') said.content += delta['content']
      if (typeof delta['reasoning_content'] === 'string') said.reasoning_content += delta['reasoning_content']
      const calls = (delta['tool_calls'] ?? []) as {
        index: number
        id?: string
        function: { name?: string; arguments: string }
      }[]
      for (const { index, id, function: described } of calls) {
        const known = (said.tool_calls[index] ??= { id: id ?? '', name: described.name ?? '', arguments: '' })
        known.arguments += described.arguments
      }
    }
  }
  return { message: said, finish, usage }
}

describe('any conversation', () => {
  it('comes back from this wire as it was: text, reasoning, ids, arguments, images and order', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.constantFrom<Wording>('reasoning_content', 'reasoning'),
        fc.boolean(),
        fc.constantFrom(...MODELS),
        (messages, wording, developer, model) => {
          const inputs = { messages: messages.map((one) => written(one, wording, developer)) }
          const { draft } = dialect.decode(runOf(model, inputs), dialect.lenient)
          assert.deepEqual(draft.messages, messages)
        },
      ),
    )
  })
})

describe('any inputs', () => {
  it('are decoded or refused with a sentence: nothing else comes of them', () => {
    const odd = fc.anything({
      maxDepth: 3,
      values: [fc.constantFrom('user', 'assistant', 'tool', 'x', '', 0, -1, null, true)],
    })
    const inputs = fc.oneof(
      odd,
      fc.record(
        {
          messages: fc.oneof(odd, fc.array(fc.record({ role: odd, content: odd, reasoning: odd, tool_calls: odd }))),
          prompt: odd,
          tools: fc.oneof(odd, fc.array(fc.oneof(odd, fc.record({ name: odd, type: odd, function: odd })))),
          response_format: fc.oneof(odd, fc.record({ type: fc.constant('json_schema'), json_schema: odd })),
          reasoning_effort: odd,
          max_tokens: odd,
          stop: odd,
        },
        { requiredKeys: [] },
      ),
    )
    fc.assert(
      fc.property(inputs, fc.constantFrom(...MODELS), (asked, model) => {
        try {
          dialect.decode(runOf(model, asked), dialect.lenient)
        } catch (error) {
          assert.ok(error instanceof ApiError && error.status === 400, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('any answer', () => {
  it('is the same streamed and whole', () => {
    fc.assert(
      fc.property(events, fc.constantFrom(...MODELS), fc.boolean(), (all, model, asked) => {
        const inputs = {
          messages: [{ role: 'user', content: 'x' }],
          ...(asked ? { stream_options: { include_usage: true } } : {}),
        }
        const { whole, events: encoderOf } = dialect.decode(runOf(model, inputs), dialect.lenient)
        const encoder = encoderOf(HEAD)
        const fold = new ReplyFold()
        let stream = ''
        for (const event of all) {
          stream += encoder.push(event)
          fold.push(event)
        }
        const streamed = folded(blocksOf(stream + encoder.end()))
        const reply = whole(HEAD, fold.reply()) as {
          usage: unknown
          choices: {
            finish_reason: string
            message: Partial<Omit<Message, 'tool_calls'>> & { tool_calls?: unknown[] }
          }[]
        }
        const [choice] = reply.choices
        // An answer without anything has no choice in its fold until it finishes, and it always does.
        assert.equal(streamed.finish, choice?.finish_reason)
        assert.deepEqual(streamed.usage, reply.usage)
        assert.equal(streamed.message.content, choice?.message.content ?? '')
        assert.equal(streamed.message.reasoning_content, choice?.message.reasoning_content ?? '')
        const calls = (choice?.message.tool_calls ?? []) as {
          id: string
          function: { name: string; arguments: string }
        }[]
        assert.deepEqual(
          streamed.message.tool_calls,
          calls.map(({ id, function: { name, arguments: words } }) => ({ id, name, arguments: words })),
        )
      }),
    )
  })

  it('never ends as complete where it was cut, wherever that was', () => {
    fc.assert(
      fc.property(events, (all) => {
        for (let cut = 0; cut <= all.length; cut += 1) {
          const wire = runOf(MODELS[0], { messages: [{ role: 'user', content: 'x' }] })
          const encoder = dialect.decode(wire, dialect.lenient).events(HEAD)
          let stream = ''
          for (const event of all.slice(0, cut)) stream += encoder.push(event)
          const blocks = blocksOf(stream + encoder.fail(apiError('engine_cut')))
          assert.ok(!blocks.includes('[DONE]'))
          assert.equal(folded(blocks.slice(0, -1)).finish, null)
          const last = blocks.at(-1)
          assert.ok(typeof last === 'object' && last.errors !== undefined)
        }
      }),
      { numRuns: 30 },
    )
  })
})
