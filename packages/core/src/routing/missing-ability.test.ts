/** What an engine lacks for a request, in the words that a client is told. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, findModel } from '@moonbase/protocol'
import { ABLE } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import type { AssistantMessage, Capabilities, GenerationRequest } from '../generation/index.ts'
import { assertAble, missingAbility } from './missing-ability.ts'
import type { ModelRoute } from './model-table.ts'

const TOOL = { name: 'look', description: '', parameters: { type: 'object' }, builtin: false }
const IMAGE = { type: 'image', media: 'png', data: 'AAAA' } as const
const VIDEO = { type: 'video', media: 'mp4', data: 'AAAA' } as const

function lacks(request: Partial<GenerationRequest>, can: Partial<Capabilities>): string | undefined {
  return missingAbility(sampleRequest(request), { ...ABLE, ...can })
}

function partial(more: Partial<AssistantMessage>): Partial<GenerationRequest> {
  const message = { role: 'assistant', content: '', toolCalls: [], partial: true, ...more } as const
  return { messages: [{ role: 'user', content: 'hi' }, message] }
}

function withPart(part: unknown): Partial<GenerationRequest> {
  return { messages: [{ role: 'user', content: [{ type: 'text', text: 'see' }, part] }] } as Partial<GenerationRequest>
}

describe('what is missing', () => {
  it('is nothing where nothing is asked that an engine cannot do', () => {
    const nothing = {
      images: false,
      video: false,
      partial: false,
      resumes: { reasoning: false, toolCalls: false },
      jsonObject: false,
      jsonSchema: false,
      tools: false,
      forcedTool: false,
    }
    assert.equal(lacks({}, nothing), undefined)
    assert.equal(lacks({ toolChoice: 'none' }, nothing), undefined)
  })

  it('is named, and is not missing where the engine can', () => {
    const toolCalls = [{ id: 'a', builtin: false, name: 'look', arguments: '{' }]
    const rows: [Partial<GenerationRequest>, Partial<Capabilities>, string][] = [
      [{ tools: [TOOL] } as unknown as Partial<GenerationRequest>, { tools: false }, 'tools'],
      [{ toolChoice: 'required' }, { forcedTool: false }, 'a forced tool_choice'],
      [{ toolChoice: { name: 'look' } }, { forcedTool: false }, 'a forced tool_choice'],
      [{ responseFormat: { type: 'json_object' } }, { jsonObject: false }, 'response_format json_object'],
      [
        { responseFormat: { type: 'json_schema', name: 'a', strict: true, schema: {} } },
        { jsonSchema: false },
        'response_format json_schema',
      ],
      [partial({ content: 'It is' }), { partial: false }, 'partial mode'],
      [partial({}), { partial: false }, 'partial mode'],
      [partial({ reasoning: 'Let me' }), { resumes: { reasoning: false, toolCalls: true } }, 'going on in a thought'],
      [partial({ toolCalls }), { resumes: { reasoning: true, toolCalls: false } }, 'going on in a tool call'],
      [withPart(IMAGE), { images: false }, 'image input'],
      [withPart(VIDEO), { video: false }, 'video input'],
    ]
    for (const [request, can, ability] of rows) {
      assert.equal(lacks(request, can), ability)
      assert.equal(lacks(request, {}), undefined, `${ability} is there`)
    }
  })

  it('is of the other medium only where that is in the request', () => {
    assert.equal(lacks(withPart(IMAGE), { video: false }), undefined)
    assert.equal(lacks(withPart(VIDEO), { images: false }), undefined)
    assert.equal(lacks(withPart(VIDEO), { images: false, video: false }), 'video input')
    assert.equal(lacks(withPart(IMAGE), { images: false, video: false }), 'image input')
  })

  it('is looked for behind what a request goes on from, too', () => {
    const toolCalls = [{ id: 'a', builtin: false, name: 'look', arguments: '{' }]
    const [, begun] = partial({ toolCalls }).messages ?? []
    const [seen] = withPart(IMAGE).messages ?? []
    assert.ok(begun !== undefined && seen !== undefined)
    assert.equal(lacks({ messages: [seen, begun] }, { images: false }), 'image input')
  })

  it('is no thought where the answer has begun', () => {
    const begun = partial({ reasoning: 'Let me', content: 'It is' })
    assert.equal(lacks(begun, { resumes: { reasoning: false, toolCalls: false } }), undefined)
    assert.equal(lacks(partial({ reasoning: 'Let me' }), { partial: false }), undefined)
  })
})

describe('a route', () => {
  const routeOf = (...cans: readonly Partial<Capabilities>[]): ModelRoute =>
    ({
      model: findModel('kimi-k2.5'),
      targets: cans.map((can) => ({ name: 'e', can: { ...ABLE, ...can } })),
    }) as unknown as ModelRoute
  const request = sampleRequest({ toolChoice: 'required', responseFormat: { type: 'json_object' } })

  it('is able when one of its engines is', () => {
    assertAble(routeOf({ jsonObject: false }, {}), request)
    assertAble(routeOf(), request)
  })

  it('names what the first of its engines lacks when none is', () => {
    assert.throws(
      () => assertAble(routeOf({ jsonObject: false }, { forcedTool: false }), request),
      (error) => error instanceof ApiError && error.code === 'engine_lacks' && /json_object/.test(error.message),
    )
  })
})
