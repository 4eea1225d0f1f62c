/** Anthropic's Messages: blocks, and a stream of named events. */

import { type Face, PARAMETERS, PNG, at, dataOf, listAt, refusalAt, textAt } from './face.ts'

const BASE = { model: 'kimi-k2.5', max_tokens: 500 }
const [, DATA = ''] = PNG.split(',')
const TOOLS = [
  { name: 'get_weather', description: 'Weather', input_schema: PARAMETERS, defer_loading: false },
  { type: 'web_search_20250305', name: 'web_search' },
]

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
  seeds: [
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
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: DATA } },
            {
              type: 'document',
              title: 'T',
              context: 'C',
              source: { type: 'text', media_type: 'text/plain', data: 'b' },
            },
            { type: 'search_result', title: 'S', source: 's', content: [{ type: 'text', text: 'found' }] },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'redacted_thinking', data: 'x' },
            { type: 'text', text: 'T' },
            { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Oslo' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'a',
              is_error: false,
              content: [{ type: 'text', text: 'r' }],
            },
          ],
        },
      ],
      tools: TOOLS,
      tool_choice: { type: 'tool', name: 'get_weather', disable_parallel_tool_use: true },
    },
    {
      ...BASE,
      messages: [
        { role: 'user', content: 'A person' },
        { role: 'system', content: 'And kind.' },
      ],
      output_config: { effort: 'high', format: { type: 'json_schema', schema: PARAMETERS } },
    },
    {
      ...BASE,
      messages: [
        { role: 'user', content: 'Go on' },
        { role: 'assistant', content: '{"a": [1, ' },
      ],
    },
  ],
}
