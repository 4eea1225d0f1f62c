/** The requests that every spelling is run with: each feature by itself, all at once, and what breaks quoting. */

import { readFileSync } from 'node:fs'
import type { ChatMessage, ChatRequest, ChatTool } from '@moonbase/protocol'

const MODEL = 'kimi-k2.5'
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const PNG = `data:image/png;base64,${DOT}`
/** The same picture, and behind its end as many bytes as no argument of a program has. */
const LARGE_PNG = `data:image/png;base64,${Buffer.concat([Buffer.from(DOT, 'base64'), Buffer.alloc(150_000)]).toString('base64')}`
const CLIP = `data:video/mp4;base64,${readFileSync(new URL('../../../packages/server/src/media/fixtures/clip.mp4', import.meta.url)).toString('base64')}`

const user = (content: string): ChatMessage => ({ role: 'user', content })
const ask = (content: string, fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model: MODEL,
  messages: [user(content)],
  ...fields,
})
const talk = (messages: readonly ChatMessage[], fields: Partial<ChatRequest> = {}): ChatRequest => ({
  model: MODEL,
  messages,
  ...fields,
})

const look: ChatTool = {
  type: 'function',
  function: {
    name: 'look',
    description: 'Looks at a place: "here", or \'there\'',
    parameters: {
      type: 'object',
      properties: { at: { type: 'integer', description: '第几个' }, note: { type: 'string', enum: ['a b', "it's"] } },
      required: ['at'],
      additionalProperties: false,
    },
  },
}
const clock: ChatTool = {
  type: 'function',
  function: { name: 'clock', parameters: { type: 'object', properties: {} } },
}
const call = (id: string, name: string, args: string) =>
  ({ id, type: 'function', function: { name, arguments: args } }) as const
const called = (args: string, more: Partial<Extract<ChatMessage, { role: 'assistant' }>> = {}): ChatMessage => ({
  role: 'assistant',
  content: '',
  reasoning_content: 'I look.',
  tool_calls: [call('look:0', 'look', args)],
  ...more,
})
const result = (content: string, id = 'look:0'): ChatMessage => ({ role: 'tool', tool_call_id: id, content })
const walked = (args: string): ChatRequest =>
  talk([user('What is there?'), called(args), result('Seen: "1".\n')], { tools: [look] })

const CITY = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
} as const
const bySchema = (more: object = {}): Partial<ChatRequest> => ({
  response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema: CITY, ...more } },
})
const OFF = { thinking: { type: 'disabled' } } as const

/** The request that a link to the workbench opens: `?prompt=…&system=…&thinking=…`. */
function linked(query: string): ChatRequest {
  const asked = new URLSearchParams(query)
  const system = asked.get('system')
  const thinking = asked.get('thinking')
  return {
    model: asked.get('model') ?? MODEL,
    messages: [
      ...(system === null ? [] : [{ role: 'system', content: system } as const]),
      user(asked.get('prompt') ?? ''),
    ],
    ...(thinking === null ? {} : { thinking: { type: thinking === 'off' ? 'disabled' : 'enabled' } }),
    stream: true,
  }
}

const QUOTES = `'single' "double" \`tick\` '''three''' """three""" ’curly’ $HOME $(id) \${x} \\n \\ %s {{x}} !! # -- /* */ */`
const LINES = 'first\nsecond\r\nthird\ttabbed\n\n  indented\n"""\nJSON\nEOF\n'
const EVERYTHING: ChatRequest = {
  model: MODEL,
  messages: [
    {
      role: 'system',
      content: [
        { type: 'text', text: 'Be "brief".' },
        { type: 'text', text: '简短。' },
      ],
      name: 'house',
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: QUOTES },
        { type: 'image_url', image_url: { url: PNG } },
      ],
      name: 'Ann',
    },
    called('{"at":1}', { name: 'Kim' }),
    result('Seen 1.'),
    { role: 'assistant', content: 'It is there.', reasoning_content: 'Enough.' },
    user(LINES),
  ],
  tools: [look, clock],
  tool_choice: 'none',
  thinking: { type: 'enabled' },
  max_completion_tokens: 2_000,
  temperature: 1,
  top_p: 0.95,
  n: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  stop: ['</end>', '终'],
  response_format: { type: 'text' },
  prompt_cache_key: 'session "7"',
  safety_identifier: 'hash-of-a-user',
  seed: 7,
  user: 'ann',
  store: false,
  metadata: { 'a key': "it's" },
  parallel_tool_calls: false,
  stream: true,
  stream_options: { include_usage: true },
}

export const REQUESTS: Readonly<Record<string, ChatRequest>> = {
  'a question': ask('Hi'),
  'a stream': ask('Hi', { stream: true }),
  'a stream with its usage': ask('Hi', { stream: true, stream_options: { include_usage: true } }),
  'defaults that are said': ask('Hi', {
    stream: false,
    thinking: { type: 'enabled' },
    temperature: 1,
    top_p: 0.95,
    n: 1,
  }),
  'nothing, said with null': ask('Hi', { stream: null, stop: null, tools: null, thinking: null, temperature: null }),
  'empty lists': ask('Hi', { tools: [], stop: [] }),
  'thinking off': ask('Hi', OFF),
  'thinking off, with its temperature': ask('Hi', { ...OFF, temperature: 0.6, stream: true }),
  'thinking off, as a self-hosted engine has it': ask('Hi', { chat_template_kwargs: { thinking: false } }),
  'thinking off by its effort': ask('Hi', { reasoning_effort: 'none' }),
  'thinking on by its effort': ask('Hi', { reasoning_effort: 'high' }),
  'a system text': talk([{ role: 'system', content: 'You are short.' }, user('Hi')]),
  'two system texts, one in the middle': talk([
    { role: 'system', content: 'You are short.' },
    user('Hi'),
    { role: 'assistant', content: 'Hello.' },
    { role: 'system', content: 'Be longer now.' },
    user('Again'),
  ]),
  'several turns': talk([user('Hi'), { role: 'assistant', content: 'Hello.' }, user('And you?')]),
  'names of who speaks': talk([{ role: 'user', content: 'Hi', name: "D'Arcy" }]),
  Chinese: ask('请用一句话解释“内存屏障”。', { stream: true }),
  'quotes of every kind': ask(QUOTES),
  'quotes in what the system says, streamed': talk([{ role: 'system', content: QUOTES }, user(QUOTES)], {
    stream: true,
  }),
  'lines of every kind': ask(LINES),
  backslashes: ask('C:\\new\\table \\\\server \\u0041 \\x41 \\0'),
  'characters that are not seen': ask('a\u202eb\u2066c\u200bd\ufeffe\u2028f\u0085g\u007fh\u0000i'),
  'emoji and right to left': ask('👩‍👩‍👧‍👦 🇳🇴 𝕏 שלום مرحبا'),
  'an image': talk([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is on it?' },
        { type: 'image_url', image_url: { url: PNG } },
      ],
    },
  ]),
  'an image whose address stands bare': talk([
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: PNG },
        { type: 'text', text: 'What is on it?' },
      ],
    },
  ]),
  'a video': talk([
    {
      role: 'user',
      content: [
        { type: 'video_url', video_url: { url: CLIP } },
        { type: 'text', text: 'What happens?' },
      ],
    },
  ]),
  'an image of 200 KB, which is no argument of a program any more': talk([
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: LARGE_PNG } },
        { type: 'text', text: "What's on it?" },
      ],
    },
  ]),
  tools: ask('Look at 3', { tools: [look, clock] }),
  'tools, streamed': ask('Look at 3', { tools: [look, clock], tool_choice: 'auto', stream: true }),
  'a tool that must be called': ask('Look', { ...OFF, tools: [look], tool_choice: 'required' }),
  'one tool of two that must be called': ask('Look', {
    ...OFF,
    tools: [look, clock],
    tool_choice: { type: 'function', function: { name: 'clock' } },
  }),
  'tools that may not be called': ask('Look', { tools: [look], tool_choice: 'none' }),
  'a tool without parameters, not strict': ask('Time?', {
    tools: [{ type: 'function', function: { name: 'clock', strict: false } }],
  }),
  'a result of a tool': walked('{"at":1}'),
  'arguments with white space': walked('{ "at": 1,\n  "note": "a b" }'),
  'arguments with numbers and escapes as the model wrote them': walked('{"at":1.0,"note":"\\u00e9\\/"}'),
  'arguments that are no JSON': walked('{"at": '),
  'arguments with names that objects have of their own': walked('{"__proto__":{"a":1},"constructor":2}'),
  'no arguments': talk(
    [user('Time?'), called('', { tool_calls: [call('clock:0', 'clock', '')] }), result('12:04', 'clock:0')],
    { tools: [clock] },
  ),
  'several calls and their results': talk(
    [
      user('Look at both'),
      called('', { tool_calls: [call('look:0', 'look', '{"at":1}'), call('look:1', 'look', '{"at":2}')] }),
      result('Seen 1.'),
      result('Seen 2.', 'look:1'),
      called('', { content: 'Once more.', tool_calls: [call('look:2', 'look', '{"at":3}')] }),
      result('', 'look:2'),
    ],
    { tools: [look], stream: true },
  ),
  'a result in parts': talk(
    [
      user('Look'),
      called('{"at":1}'),
      {
        role: 'tool',
        tool_call_id: 'look:0',
        content: [
          { type: 'text', text: 'a "b"' },
          { type: 'text', text: 'c' },
        ],
      },
    ],
    { tools: [look] },
  ),
  'calls of an earlier turn, without their thought': talk(
    [
      user('Look'),
      called('{"at":1}', { reasoning_content: null }),
      result('Seen.'),
      { role: 'assistant', content: 'There.' },
      user('Thanks'),
    ],
    { tools: [look] },
  ),
  'a search that the platform runs': talk(
    [
      user('News?'),
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 's:0', type: 'builtin_function', function: { name: '$web_search', arguments: '{"query":"news"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 's:0', content: '{"query":"news"}', name: '$web_search' },
    ],
    { ...OFF, tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] },
  ),
  'JSON mode': ask('Give me JSON with a city', { response_format: { type: 'json_object' } }),
  'a schema': ask('Oslo has 7 people', bySchema()),
  'a schema that is described, not strict, streamed': ask('Oslo has 7 people', {
    ...bySchema({ name: 'output', description: 'A "city".', strict: false }),
    stream: true,
  }),
  'a beginning': talk([user('Count'), { role: 'assistant', content: 'One, "two', partial: true }], OFF),
  'a beginning with a name': talk(
    [user('Count'), { role: 'assistant', content: 'One', partial: true, name: 'Kim' }],
    OFF,
  ),
  'a beginning with a thought': talk([
    user('Count'),
    { role: 'assistant', content: 'One', partial: true, reasoning_content: 'I count.' },
  ]),
  'an answer at the end, which is not a beginning': talk([user('Count'), { role: 'assistant', content: 'One.' }]),
  'one stop string': ask('Hi', { stop: '"\n' }),
  'five stop strings': ask('Hi', { stop: ['</a>', "'", '$', '终', '\\'] }),
  'a short answer': ask('Hi', { max_completion_tokens: 300 }),
  'a short answer, by its older name': ask('Hi', { max_tokens: 300, stream: true }),
  'a short answer, by both names': ask('Hi', { max_tokens: 20, max_completion_tokens: 300 }),
  'the longest answer by itself': ask('Hi', { max_completion_tokens: 32_768 }),
  'hints that travel along': ask('Hi', { seed: 7, user: "O'Neil", metadata: { a: 'b' }, logit_bias: { '50': -1 } }),
  'a session and a person': ask('Hi', { prompt_cache_key: 'k', safety_identifier: 'u' }),
  'another model, with values of its own': ask('Hi', {
    model: 'kimi-k2-0905-preview',
    temperature: 0.3,
    top_p: 0.9,
    presence_penalty: 0.5,
  }),
  'two answers': ask('Hi', { model: 'moonshot-v1-8k', n: 2, temperature: 0.5 }),
  'a link': linked('prompt=Why%20is%20the%20sky%20blue%3F'),
  'a link with a system text, thinking off': linked('prompt=你好%26%3D%23&system=Be%20"short"&thinking=off'),
  'all at once': EVERYTHING,
}
