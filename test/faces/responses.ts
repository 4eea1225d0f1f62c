/** OpenAI's Responses: items in, items out, and a stream of typed events. */

import { type Face, PARAMETERS, PNG, type Refusal, at, byBearer, dataOf, listAt, refusalAt, textAt } from './face.ts'

/** All four fields are there, whatever is in them: clients read each. */
export function openAiRefusal(body: unknown): Refusal | undefined {
  const error = at(body, 'error')
  const [param, code] = [at(error, 'param'), at(error, 'code')]
  const isWhole = (value: unknown): boolean => value === null || typeof value === 'string'
  return isWhole(param) && isWhole(code) ? refusalAt(at(error, 'type'), at(error, 'message')) : undefined
}

function saidInItem(item: unknown): string {
  const parts = [...listAt(item, 'content'), ...listAt(item, 'summary')]
  return parts.map((part) => textAt(part, 'text')).join('') + textAt(item, 'arguments')
}

const DELTAS = new Set([
  'response.output_text.delta',
  'response.reasoning_text.delta',
  'response.reasoning_summary_text.delta',
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
])

const TOOLS = [
  { type: 'function', name: 'get_weather', description: 'Weather', strict: true, parameters: PARAMETERS },
  { type: 'custom', name: 'patch', description: 'Patches', format: { type: 'text' } },
  { type: 'namespace', name: 'files', description: 'Files', tools: [{ type: 'function', name: 'read' }] },
  { type: 'web_search' },
]

export const responsesFace: Face = {
  name: 'responses',
  path: '/v1/responses',
  shown: byBearer,
  asking: (words, stream) => ({
    model: 'kimi-k2.5',
    input: words,
    max_output_tokens: 500,
    ...(stream ? { stream } : {}),
  }),
  saidIn(reply) {
    if (at(reply, 'object') !== 'response') return undefined
    return listAt(reply, 'output').map(saidInItem).join('')
  },
  readStream(text) {
    const events = dataOf(text)
    const last = events.at(-1)
    const error = at(last, 'type') === 'error' ? last : at(last, 'response', 'error')
    return {
      said: events.map((event) => (DELTAS.has(textAt(event, 'type')) ? textAt(event, 'delta') : '')).join(''),
      complete: events.some((event) => /^response\.(?:completed|incomplete)$/.test(textAt(event, 'type'))),
      failure: refusalAt(at(error, 'code'), at(error, 'message')),
    }
  },
  refusalIn: openAiRefusal,
  seeds: [
    {
      model: 'kimi-k2.5',
      instructions: 'Be brief.',
      input: 'Hello',
      store: false,
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'high', summary: 'auto' },
      temperature: 1,
      top_p: 0.95,
      metadata: { team: 'moon' },
      prompt_cache_key: 'k',
      safety_identifier: 's',
      user: 'u',
    },
    {
      model: 'kimi-k2.5',
      stream: true,
      input: [
        { role: 'developer', content: 'S' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: PNG, detail: 'auto' },
          ],
        },
        { type: 'reasoning', id: 'rs_a', summary: [{ type: 'summary_text', text: 'r' }], encrypted_content: 'x' },
        { type: 'function_call', call_id: 'a', name: 'get_weather', arguments: '{"city":"Oslo"}' },
        { type: 'function_call_output', call_id: 'a', output: '{"celsius":3}' },
        { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'r' }], summary: [] },
        { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: 'x' },
        { type: 'custom_tool_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'done' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Cold.', annotations: [] }] },
        { role: 'user', content: 'And?' },
      ],
      tools: TOOLS,
      tool_choice: 'auto',
      parallel_tool_calls: true,
      max_tool_calls: 3,
      max_output_tokens: 100,
      truncation: 'auto',
    },
    {
      model: 'kimi-k2.5',
      input: [{ role: 'user', content: 'A person' }],
      reasoning: { effort: 'none' },
      text: { verbosity: 'medium', format: { type: 'json_schema', name: 'p', strict: true, schema: PARAMETERS } },
      truncation: 'disabled',
      top_logprobs: 0,
    },
    { model: 'kimi-k2.5', input: 'Hello', background: true, store: true },
  ],
}
