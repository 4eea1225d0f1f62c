/** For tests: requests of Messages that are answered, and have together everything of this wire. What is wrong is made out of them. */

import { plainSeal } from './plain-seal.ts'

const BASE = { model: 'kimi-k2.5', max_tokens: 500 }
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const SCHEMA = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    days: { type: 'integer', minimum: 1, maximum: 7 },
    unit: { anyOf: [{ type: 'string', enum: ['c', 'f'] }, { type: 'null' }] },
  },
  required: ['city'],
}

const TOOLS = [
  { name: 'get_weather', description: 'Weather', input_schema: SCHEMA, defer_loading: false },
  { type: 'web_search_20250305', name: 'web_search' },
]

export const SEED_REQUESTS: readonly Readonly<Record<string, unknown>>[] = [
  {
    ...BASE,
    system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: 'Hello' }],
    temperature: 1,
    top_p: 0.95,
    top_k: 3,
    metadata: { user_id: 'u' },
    stop_sequences: ['x'],
    context_management: { edits: [] },
  },
  {
    ...BASE,
    stream: true,
    thinking: { type: 'enabled', budget_tokens: 1024, display: 'omitted' },
    messages: [{ role: 'user', content: 'Weather in Oslo?' }],
    tools: TOOLS,
  },
  {
    ...BASE,
    stream: true,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'document', title: 'T', context: 'C', source: { type: 'text', media_type: 'text/plain', data: 'b' } },
          { type: 'search_result', title: 'S', source: 's', content: [{ type: 'text', text: 'found' }] },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: plainSeal.sign('hm') },
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'T' },
          { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'b', name: 'get_weather', input: { INVALID_JSON: '{' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', is_error: false, content: [{ type: 'text', text: 'r' }] },
          { type: 'tool_result', tool_use_id: 'b', is_error: true, content: 'no' },
        ],
      },
    ],
    tools: TOOLS,
    tool_choice: { type: 'tool', name: 'get_weather', disable_parallel_tool_use: true },
  },
  {
    ...BASE,
    messages: [
      { role: 'user', content: 'Look for tools' },
      {
        role: 'system',
        content: [{ type: 'tool_addition', tool: { type: 'tool_reference', name: 'get_weather' } }],
        clear_at: 'never',
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'search', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_reference', tool_name: 'get_weather' }] },
        ],
      },
    ],
    tools: [
      { name: 'get_weather', input_schema: SCHEMA, defer_loading: true },
      { name: 'search', input_schema: { type: 'object' } },
    ],
  },
  {
    ...BASE,
    messages: [
      { role: 'user', content: 'A person' },
      { role: 'system', content: 'And kind.' },
    ],
    output_config: { effort: 'high', format: { type: 'json_schema', schema: SCHEMA } },
  },
  {
    ...BASE,
    messages: [
      { role: 'user', content: 'Go on' },
      { role: 'assistant', content: '{"a": [1, ' },
    ],
  },
]
