/**
 * The exact request that each flavour sends for a common set of cases, as `fixtures/requests/<flavour>.json` holds it.
 *
 * After a change that is meant: `MOONBASE_UPDATE_SNAPSHOTS=1 node --test` of this file writes them anew, to be read in the diff.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  type AssistantMessage,
  EngineError,
  type GenerationRequest,
  type Message,
  type Tool,
} from '../../generation/index.ts'
import { openaiCompatibleEngine } from './engine.ts'
import { FLAVOUR_NAMES, type FlavourName } from './flavours.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport } from './testing/memory-transport.ts'
import { sampleRequest } from './testing/sample-request.ts'

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const TOOL: Tool = { type: 'function', name: 'get_weather', description: 'Weather.', parameters: CITY, strict: true }
const INSTANT = { temperature: 0.6, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 }
const IMAGE = { type: 'image', mime: 'image/png', base64: 'iVBORw0KGgo=', measured: { width: 1, height: 1 } } as const
const VIDEO = { type: 'video', mime: 'video/mp4', base64: 'AAAAGGZ0eXA=' } as const
const ASKED: Message = { role: 'user', content: 'Weather?' }

function calling(text: string, id = 'get_weather:0'): AssistantMessage {
  return {
    role: 'assistant',
    content: '',
    reasoning: 'I look.',
    toolCalls: [{ id, builtin: false, name: 'get_weather', arguments: text }],
    partial: false,
  }
}

function goingOn(partial: Partial<AssistantMessage>, more: Partial<GenerationRequest> = {}): GenerationRequest {
  const open: AssistantMessage = { role: 'assistant', content: '', toolCalls: [], ...partial, partial: true }
  return sampleRequest({ ...more, messages: [ASKED, open] })
}

const CASES: Readonly<Record<string, GenerationRequest>> = {
  plain: sampleRequest(),
  'a whole answer': sampleRequest({ whole: true }),
  'thinking off': sampleRequest({ thinking: false, sampling: INSTANT }),
  'tools and a chain of calls, whose ids come again': sampleRequest({
    tools: [TOOL],
    messages: [
      { role: 'system', content: 'Be brief.' },
      ASKED,
      calling('{"city":"A"}'),
      { role: 'tool', toolCallId: 'get_weather:0', content: 'rain' },
      calling('{"city":"B"}'),
      { role: 'tool', toolCallId: 'get_weather:0', content: [{ type: 'text', text: 'sun' }] },
    ],
  }),
  'arguments in the history that are no JSON object': sampleRequest({
    tools: [TOOL],
    messages: [
      ASKED,
      calling('{"city":"A', 'call_1'),
      { role: 'tool', toolCallId: 'call_1', content: 'malformed' },
      calling('', 'call_2'),
      { role: 'tool', toolCallId: 'call_2', content: 'rain' },
    ],
  }),
  'no tools, and none allowed': sampleRequest({ tools: [], toolChoice: 'none' }),
  'a forced tool': sampleRequest({ tools: [TOOL], toolChoice: { name: 'get_weather' }, thinking: false }),
  'a JSON object': sampleRequest({ responseFormat: { type: 'json_object' } }),
  'a JSON schema': sampleRequest({ responseFormat: { type: 'json_schema', name: 'out', strict: true, schema: CITY } }),
  'an image': sampleRequest({ messages: [{ role: 'user', content: [IMAGE, { type: 'text', text: 'What?' }] }] }),
  'a video': sampleRequest({ messages: [{ role: 'user', content: [VIDEO] }] }),
  'text parts': sampleRequest({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a ' },
          { type: 'text', text: 'b' },
        ],
      },
    ],
  }),
  'stop strings': sampleRequest({ stop: ['\n\n', 'END'] }),
  'a session': sampleRequest({ promptCacheKey: 'key-1', affinityScope: 'org-1', safetyIdentifier: 'user-1' }),
  'a field that is not ours': sampleRequest({ extra: { seed: 7, chat_template_kwargs: { custom: 1 } } }),
  'a prefix': goingOn({ content: '{', name: 'Dr. Kelsier' }, { thinking: false, sampling: INSTANT }),
  'going on in a thought': goingOn({ reasoning: 'I lo' }, { maxCompletionTokens: 100 }),
  'going on behind a thought': goingOn({ reasoning: 'I look.', content: 'It is su' }, { stop: ['END'] }),
  'going on in a tool call': goingOn(
    {
      reasoning: 'I look.',
      toolCalls: [{ id: 'get_weather:0', builtin: false, name: 'get_weather', arguments: '{"ci' }],
    },
    { tools: [TOOL] },
  ),
}

async function sent(flavour: FlavourName, request: GenerationRequest): Promise<unknown> {
  const transport = new MemoryTransport(() => ({ refuse: 'connect' }))
  const engine = openaiCompatibleEngine({
    name: flavour,
    url: 'http://upstream.test/v1',
    key: 'sk-upstream',
    flavour,
    transport,
    clock: { now: () => 0 },
    ...HANDED_IN,
  })
  let failure: unknown
  try {
    for await (const _ of engine.generate(request, new AbortController().signal));
  } catch (error) {
    failure = error
  }
  assert.ok(failure instanceof EngineError)
  const [seen] = transport.seen
  if (seen === undefined) return { refused: failure.details.publicMessage }
  const { url, headers } = seen.request
  return { path: new URL(url).pathname, headers, body: seen.json }
}

for (const flavour of FLAVOUR_NAMES) {
  test(`${flavour} is asked exactly as recorded`, async () => {
    const file = new URL(`fixtures/requests/${flavour}.json`, import.meta.url)
    const actual: Record<string, unknown> = {}
    for (const [name, request] of Object.entries(CASES)) actual[name] = await sent(flavour, request)
    if (process.env['MOONBASE_UPDATE_SNAPSHOTS'] === '1') writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`)
    const recorded: unknown = JSON.parse(readFileSync(file, 'utf8'))
    assert.deepEqual(actual, recorded)
  })
}
