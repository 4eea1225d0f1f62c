/** What an engine is without the parts that are handed in: smaller, and honest about it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectEvents, onlyChoice } from '../../../../../test/support/collect-events.ts'
import { EngineError, type Engine, type GenerationRequest } from '../../generation/index.ts'
import { openaiCompatibleEngine } from './engine.ts'
import { FLAVOUR_NAMES, FLAVOURS, type FlavourName } from './flavours.ts'
import type { OpenAiCompatibleOptions } from './options.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const NEVER = new AbortController().signal

const LEAKING = [
  'data: {"choices":[{"delta":{"content":"<|tool_calls_section_begin|>"}}]}\n\n',
  'data: {"choices":[{"delta":{"content":"So it is."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
]

function open(flavour: FlavourName, more: Partial<OpenAiCompatibleOptions> = {}) {
  const transport = new MemoryTransport(() => ({ reads: LEAKING }))
  const url = 'http://upstream.test/v1'
  const engine = openaiCompatibleEngine({ name: 'test', url, flavour, transport, clock: { now: () => 0 }, ...more })
  return { engine, transport }
}

function goingOn(reasoning: string, content: string): GenerationRequest {
  const begun = { role: 'assistant', content, reasoning, toolCalls: [], partial: true } as const
  return sampleRequest({ messages: [{ role: 'user', content: 'hi' }, begun] })
}

async function textOf(engine: Engine, request = sampleRequest()): Promise<string> {
  return onlyChoice(await collectEvents(engine.generate(request, NEVER))).text
}

test('an engine without raw prompts does not offer to go on where only they reach', () => {
  for (const flavour of FLAVOUR_NAMES) {
    const { can, raw } = FLAVOURS[flavour]
    const { engine } = open(flavour, { repairs: HANDED_IN.repairs })
    const none = { reasoning: false, toolCalls: false }
    assert.deepEqual(engine.can, raw === undefined ? can : { ...can, resumes: none }, flavour)
    assert.deepEqual(open(flavour, HANDED_IN).engine.can, can, flavour)
  }
})

test('an engine without raw prompts goes on by chat, and refuses what chat cannot say', async () => {
  const { engine, transport } = open('vllm')
  await collectEvents(engine.generate(goingOn('I look.', 'So'), NEVER))
  assert.equal(transport.seen[0]?.request.url, 'http://upstream.test/v1/chat/completions')
  await assert.rejects(
    collectEvents(engine.generate(goingOn('I lo', ''), NEVER)),
    (error) => error instanceof EngineError && error.kind === 'refused',
  )
  assert.equal(transport.seen.length, 1)
})

test('an engine without repairs passes leaks on, and one with them mends them', async () => {
  assert.equal(await textOf(open('vllm').engine), '<|tool_calls_section_begin|>So it is.')
  assert.equal(await textOf(open('vllm', HANDED_IN).engine), 'So it is.')
})

test('a host that splits nothing is refused without repairs', () => {
  assert.throws(() => open('ktransformers'), /what mends leaks must be handed in/)
})
