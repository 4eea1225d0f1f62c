/** Requests that somebody got wrong somewhere: each is decoded or refused with a 400, and nothing else happens. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { ApiError } from '@moonbase/protocol/errors'
import { array, assert as hold, constantFrom, jsonValue, nat, oneof, property, tuple } from 'fast-check'
import { mediaFromUrl } from '../../generation/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import { decodeRequest } from './decode-request.ts'
import { plainSeal as seal } from './testing/plain-seal.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Everything that the wire has, once. */
const SEED = {
  model: 'kimi-k2.5',
  max_tokens: 100,
  stream: true,
  system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }],
  stop_sequences: ['x'],
  temperature: 1,
  top_p: 0.95,
  top_k: 3,
  metadata: { user_id: 'u' },
  thinking: { type: 'enabled', budget_tokens: 1024, display: 'omitted' },
  output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
  context_management: { edits: [] },
  tool_choice: { type: 'tool', name: 'Read', disable_parallel_tool_use: true },
  tools: [
    { name: 'Read', description: 'd', input_schema: { type: 'object', properties: {} }, defer_loading: true },
    { type: 'web_search_20250305', name: 'web_search' },
  ],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
        { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
        { type: 'document', title: 'T', context: 'C', source: { type: 'text', data: 'body' } },
        { type: 'search_result', title: 'S', source: 's', content: [{ type: 'text', text: 'found' }] },
      ],
    },
    {
      role: 'system',
      content: [{ type: 'tool_addition', tool: { type: 'tool_reference', name: 'Read' } }],
      clear_at: 'never',
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: seal.sign('hm') },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'text', text: 'T' },
        { type: 'tool_use', id: 'a', name: 'Read', input: { INVALID_JSON: '{' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'a',
          is_error: false,
          content: [
            { type: 'text', text: 'r' },
            { type: 'tool_reference', tool_name: 'Read' },
          ],
        },
      ],
    },
  ],
}

/** Every place in a document: what holds it, and under which name. */
function placesOf(value: unknown, places: [holder: object, name: string][] = []): [holder: object, name: string][] {
  if (typeof value !== 'object' || value === null) return places
  for (const [name, inner] of Object.entries(value)) {
    places.push([value, name])
    placesOf(inner, places)
  }
  return places
}

const odd = oneof(
  constantFrom<unknown[]>(
    null,
    true,
    0,
    -1,
    '',
    '\ud800',
    [],
    {},
    [[]],
    [null],
    [{}],
    '__proto__',
    'text',
    'tool_result',
  ),
  jsonValue({ maxDepth: 2 }),
)

it('a request that is wrong somewhere is decoded or refused', () => {
  hold(
    property(
      array(tuple(nat(), odd, constantFrom('set', 'delete', 'wrap')), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const body: unknown = structuredClone(SEED)
        for (const [place, value, kind] of changes) {
          const places = placesOf(body)
          const [holder, name] = places[place % places.length] ?? assert.fail('nothing left')
          if (kind === 'delete') Reflect.deleteProperty(holder, name)
          else Reflect.set(holder, name, kind === 'set' ? structuredClone(value) : [Reflect.get(holder, name)])
        }
        assert.ok(isFields(body))
        try {
          decodeRequest(wireOf(JSON.parse(JSON.stringify(body))), {
            seal,
            readMedia: mediaFromUrl,
            counting: false,
            restores: false,
          })
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error))
          assert.equal(error.status, 400)
        }
      },
    ),
    { numRuns: 3000 },
  )
})
