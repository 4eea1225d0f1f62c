/**
 * What people were refused, and what they were given, in public: requests as they were reported, with the right answer to each.
 * Where a report leaves it open what the platform said, `docs/contract.md` holds our choice with its source.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type CallOptions, type CalledReply, call } from './support/call.ts'
import { openHostileUpstream } from './support/hostile-upstream.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const user = { role: 'user', content: 'What is the weather in Oslo?' }
const toolCall = { id: 'get_weather:0', type: 'function', function: { name: 'get_weather', arguments: '{}' } }
const asked = (fields: object = {}) => ({
  role: 'assistant',
  content: '',
  reasoning_content: 'Hm',
  tool_calls: [toolCall],
  ...fields,
})
const printed = (content: unknown) => ({ role: 'tool', tool_call_id: 'get_weather:0', content })
const tool = (name: string, more: object = { parameters: { type: 'object', properties: {} } }) => ({
  type: 'function',
  function: { name, ...more },
})
const MP4 = `data:video/mp4;base64,${Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1').toString('base64')}`
const instant = { thinking: { type: 'disabled' } }

interface Row {
  readonly id: string
  /** Where it was reported. */
  readonly from: string
  /** Fields of a chat request, or of the call. */
  readonly sent: Record<string, unknown>
  readonly options?: CallOptions
  /** Of a refusal: its words without `Invalid request: `; absent for what is answered. */
  readonly refused?: string | RegExp
  /** Words that stand alone. */
  readonly bare?: string
  readonly status?: number
  /** The lenient switch that the hint names. */
  readonly hint?: string
}

const ROWS: readonly Row[] = [
  ...['', [], [{ type: 'text', text: '' }]].map((content, index) => ({
    id: `tool-result-empty ${index}`,
    from: 'EYHN/kwwk#142: "" and [] were 200, left out was 400',
    sent: { messages: [user, asked(), printed(content)] },
  })),
  {
    id: 'tool-result-left-out',
    from: 'EYHN/kwwk#142',
    sent: { messages: [user, asked(), { role: 'tool', tool_call_id: 'get_weather:0' }] },
    refused: 'messages[2].content is required',
  },
  {
    id: 'tool-result-missing-words',
    from: 'sipeed/picoclaw#2204, MoonshotAI/kimi-cli#1299 #1977 #2405, MoonshotAI/kimi-code#705',
    sent: { messages: [user, asked(), user] },
    refused:
      "an assistant message with 'tool_calls' must be followed by tool messages responding to each tool_call_id. The following tool_call_ids did not have response messages: get_weather:0",
  },
  {
    id: 'call-type-empty',
    from: 'QwenLM/qwen-code#3553',
    sent: { messages: [user, asked({ tool_calls: [{ ...toolCall, type: '' }] }), printed('sunny')] },
  },
  {
    id: 'role-developer',
    from: 'openclaw/openclaw#21060 #24499 #8579, openclaw/openclaw#14187 for the words',
    sent: { messages: [{ role: 'developer', content: 'Be short.' }, user] },
    refused:
      'unsupported role ROLE_UNSPECIFIED, messages[0].role must be one of system, user, assistant, tool, but got "developer"',
    hint: 'developer-as-system',
  },
  {
    id: 'role-developer, asked for leniently',
    from: 'openclaw/openclaw#21060',
    sent: { messages: [{ role: 'developer', content: 'Be short.' }, user] },
    options: { headers: { 'x-moonbase-lenient': 'developer-as-system' } },
  },
  {
    id: 'enable-thinking-top',
    from: 'mastra-ai/mastra#12592',
    sent: { enable_thinking: false },
    refused: "unknown field 'enable_thinking'",
    hint: 'ignore-unknown-fields',
  },
  {
    id: 'enable-thinking-top, asked for leniently',
    from: 'mastra-ai/mastra#12592: passed over, the model thinks',
    sent: { enable_thinking: false },
    options: { headers: { 'x-moonbase-lenient': 'ignore-unknown-fields' } },
  },
  {
    id: 'budget-minus-one',
    from: 'ggml-org/llama.cpp#16932',
    sent: { max_tokens: -1 },
    refused: 'max_tokens must be a positive integer',
  },
  {
    id: 'window-prompt-alone',
    from: 'openclaw/openclaw#9562, eltmon/overdeck#2166 #1865, MoonshotAI/kimi-code#207, jin-bo/agentao#88',
    sent: { messages: [{ role: 'user', content: 'word '.repeat(700_000) }] },
    refused: /^Your request exceeded model token limit: 262144 \(requested: 7\d\d\d\d\d\)$/,
  },
  {
    id: 'window-with-budget',
    from: 'MoonshotAI/kimi-cli#2011',
    sent: { max_completion_tokens: 262_144 },
    refused: /^Your request exceeded model token limit: 262144 \(requested: 2621\d\d\)$/,
    hint: 'clamp-budget',
  },
  {
    id: 'window-with-budget, asked for leniently',
    from: 'MoonshotAI/kimi-cli#2011: Kimi Code 2.1.0 at its defaults',
    sent: { max_completion_tokens: 262_144, thinking: { type: 'enabled', keep: 'all' } },
    options: { headers: { 'x-moonbase-lenient': 'clamp-budget, ignore-unknown-fields' } },
  },
  {
    id: 'video-to-text-model',
    from: 'MoonshotAI/kimi-cli#788 #1395 #1162',
    sent: {
      model: 'kimi-k2-thinking',
      messages: [user, { role: 'user', content: [{ type: 'video_url', video_url: { url: MP4 } }] }],
    },
    refused: "the message at position 1 with role 'user' contains an invalid part type: video_url",
  },
  {
    id: 'part of a type that nobody has',
    from: 'the words of MoonshotAI/kimi-cli#1395, for another type',
    sent: { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
    refused: "the message at position 0 with role 'user' contains an invalid part type: input_audio",
  },
  ...['12306__query', 'größe', '-a', 'a'.repeat(65)].map((name) => ({
    id: `tool-name ${name.slice(0, 12)}`,
    from: 'openclaw/openclaw#79179, MoonshotAI/kimi-cli#1773 #1806 #2164',
    sent: { tools: [tool(name)] },
    refused:
      'function name is invalid, must start with a letter and can contain letters, numbers, underscores, and dashes',
  })),
  { id: 'tool-name _a', from: 'the pattern of the specification', sent: { tools: [tool('_a')] } },
  {
    id: 'tools-129',
    from: 'MoonshotAI/Kimi-K2#90',
    sent: { tools: Array.from({ length: 129 }, (_, index) => tool(`tool_${index}`)) },
    refused: 'a max of 128 tools can be supported, but got 129',
  },
  {
    id: 'body-gzip',
    from: 'BerriAI/litellm#41567, agentgateway/agentgateway#2402, ollama/ollama#12386',
    sent: {},
    options: {
      body: gzipSync(JSON.stringify({ model: 'kimi-k2.5', messages: [user] })),
      headers: { 'content-encoding': 'gzip' },
    },
    status: 415,
    refused: 'content encoding gzip is not supported, use identity',
  },
  {
    id: 'reasoning-empty',
    from: 'theopenco/llmgateway#2093 (measured in April 2026), earendil-works/pi#4178',
    sent: { messages: [user, asked({ reasoning_content: '' }), printed('sunny')] },
    bare: 'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1',
    hint: 'accept-empty-reasoning',
  },
  {
    id: 'reasoning-blank',
    from: 'theopenco/llmgateway#2093',
    sent: { messages: [user, asked({ reasoning_content: ' ' }), printed('sunny')] },
  },
  {
    id: 'reasoning-empty to a model that always thinks',
    from: 'theopenco/llmgateway#2093',
    sent: { model: 'kimi-k2-thinking', messages: [user, asked({ reasoning_content: '' }), printed('sunny')] },
  },
  {
    id: 'thinking beside an effort that agrees',
    from: 'MoonshotAI/kimi-cli#2499: its own client sent both',
    sent: { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
  },
  {
    id: 'thinking beside an effort that does not',
    from: 'HKUDS/nanobot#3939, NousResearch/hermes-agent#40610 for the words',
    sent: { ...instant, reasoning_effort: 'high' },
    bare: "cannot specify both 'thinking' and 'reasoning_effort'",
  },
  {
    id: 'nul-in-content',
    from: 'MoonshotAI/kimi-cli#99 #221: refused on the Coding plan in 2025',
    sent: { messages: [user, asked(), printed('a\0b')] },
  },
  { id: 'tool-without-parameters', from: 'Qwen Code 0.24 sends two', sent: { tools: [tool('get_goal', {})] } },
  {
    id: 'tool-parameters-empty',
    from: 'reports of the words, for {}',
    sent: { tools: [tool('get_goal', { parameters: {} })] },
    bare: 'Invalid request: tools.function.parameters.type is required and must be "object"',
    hint: 'relax-schema',
  },
  {
    id: 'tool-parameters-empty, asked for leniently',
    from: 'reports of the words, for {}',
    sent: { tools: [tool('get_goal', { parameters: {} })] },
    options: { headers: { 'x-moonbase-lenient': 'repair-tools' } },
  },
  {
    id: 'schema-without-name',
    from: 'browseros-ai/BrowserOS#657',
    sent: { response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } } },
    refused: 'missing required parameter: response_format.json_schema.name',
  },
  {
    id: 'content-of-another-type',
    from: 'LnYo-Cly/ai4j#62',
    sent: { messages: [{ role: 'user', content: { text: '1' } }] },
    refused: 'messages[0].content must be a string or an array of content parts',
  },
  {
    id: 'temperature-0.7',
    from: 'HKUDS/nanobot#4961, tinyhumansai/openhuman#2082, cline/cline#10544',
    sent: { temperature: 0.7 },
    bare: 'invalid temperature: only 1 is allowed for this model',
    hint: 'drop-fixed-sampling',
  },
  {
    id: 'temperature-0.7, asked for leniently',
    from: 'HKUDS/nanobot#4961',
    sent: { temperature: 0.7, top_p: 1 },
    options: { headers: { 'x-moonbase-lenient': 'drop-fixed-sampling' } },
  },
  {
    id: 'partial-at-the-top',
    from: 'a guide that sets it there',
    sent: { messages: [user, { role: 'assistant', content: 'It is' }], partial: true },
    options: { headers: { 'x-moonbase-lenient': 'ignore-unknown-fields' } },
    refused: 'partial belongs in the last message, not beside messages',
    hint: 'partial-at-top',
  },
  {
    id: 'partial-at-the-top, asked for leniently',
    from: 'a guide that sets it there',
    sent: { messages: [user, { role: 'assistant', content: 'It is' }], partial: true },
    options: { headers: { 'x-moonbase-lenient': 'partial-at-top' } },
  },
  ...['kimi-k2', 'kimi-k2-0905'].map((model) => ({
    id: `model ${model}`,
    from: 'guides that print it; the platform never had it',
    sent: { model },
    status: 404,
    bare: `Not found the model ${model} or Permission denied`,
    hint: 'models served here: kimi-k2.5, ',
  })),
]

describe('requests as people reported them', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  const ask = (sent: Record<string, unknown>, options: CallOptions = {}): Promise<CalledReply> =>
    call(`${server.url}/v1/chat/completions`, { body: { model: 'kimi-k2.5', messages: [user], ...sent }, ...options })

  for (const { id, from, sent, options, refused, bare, status, hint } of ROWS) {
    it(`${id} (${from})`, async () => {
      const reply = await ask(sent, options)
      const { message } = (reply.json as { error?: { message: string } }).error ?? {}
      if (refused === undefined && bare === undefined) {
        assert.equal(message, undefined)
        assert.equal(reply.status, 200)
        return
      }
      assert.equal(reply.status, status ?? 400, message)
      if (refused instanceof RegExp) {
        assert.match(message ?? '', /^Invalid request: /)
        assert.match(message?.slice('Invalid request: '.length) ?? '', refused)
      } else assert.equal(message, bare ?? `Invalid request: ${refused ?? ''}`)
      const said = reply.headers.get('x-moonbase-hint')
      if (hint === undefined) assert.equal(said, null)
      else assert.ok(said?.startsWith(hint), said ?? 'no hint')
    })
  }

  it('lenient switches that a request asks for are said in the reply', async () => {
    const headers = { 'x-moonbase-lenient': 'drop-fixed-sampling' }
    const reply = await ask({ temperature: 0.7, top_p: 1 }, { headers })
    assert.equal(reply.headers.get('x-moonbase-lenient'), 'drop-fixed-sampling;fields="temperature top_p"')
    const all = await ask(
      {
        messages: [{ role: 'developer', content: 'Be short.' }, user, { role: 'assistant', content: 'It is' }],
        partial: true,
        tools: [tool('get_goal', { parameters: {} })],
        max_tokens: 262_144,
      },
      { headers: { 'x-moonbase-lenient': 'developer-as-system, partial-at-top, repair-tools, clamp-budget' } },
    )
    assert.equal(
      all.headers.get('x-moonbase-lenient'),
      'developer-as-system;fields="messages.0.role", partial-at-top;fields="partial", repair-tools;fields="tools.get_goal", clamp-budget;fields="max_completion_tokens"',
    )
    const slip = await ask({}, { headers: { 'x-moonbase-lenient': 'drop-sampling' } })
    assert.equal(slip.status, 400)
    assert.match(slip.text, /x-moonbase-lenient holds \\"drop-sampling\\", which is none of drop-fixed-sampling/)
  })

  it('an estimate is counted by the same terms', async () => {
    const path = `${server.url}/v1/tokenizers/estimate-token-count`
    const body = { model: 'kimi-k2.5', messages: [user], enable_thinking: false }
    assert.equal((await call(path, { body })).status, 400)
    const headers = { 'x-moonbase-lenient': 'ignore-unknown-fields' }
    assert.equal((await call(path, { body, headers })).status, 200)
  })

  it('an operator can keep the choice, at once', async () => {
    await using strict = await startServer({ config: 'allow_lenient_header: false\n' })
    const body = { model: 'kimi-k2.5', messages: [user], temperature: 0.7 }
    const headers = { 'x-moonbase-lenient': 'drop-fixed-sampling' }
    const refused = await call(`${strict.url}/v1/chat/completions`, { body, headers })
    assert.equal(refused.status, 400)
    assert.match(refused.headers.get('x-moonbase-hint') ?? '', /which takes no x-moonbase-lenient from clients$/)
    await strict.reload('allow_lenient_header: true\n')
    assert.equal((await call(`${strict.url}/v1/chat/completions`, { body, headers })).status, 200)
  })

  it('$web_search is called when something is to be looked up, and its echo is answered', async () => {
    const tools = [{ type: 'builtin_function', function: { name: '$web_search' } }]
    const question = { role: 'user', content: 'Search for the latest news of the moon.' }
    const first = await ask({ ...instant, tools, messages: [question] })
    const [choice] = (first.json as { choices: { message: { tool_calls: (typeof toolCall)[] } }[] }).choices
    const [search] = choice?.message.tool_calls ?? []
    assert.deepEqual([search?.type, search?.function.name], ['builtin_function', '$web_search'])
    const echo = { role: 'tool', tool_call_id: search?.id, name: '$web_search', content: search?.function.arguments }
    const second = await ask({ ...instant, tools, messages: [question, choice?.message, echo] })
    assert.match(second.text, /"finish_reason":"stop"/)
  })

  it('half an emoji never reaches a host (MoonshotAI/kimi-cli#994)', async () => {
    const reply = JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    })
    await using host = await openHostileUpstream(() => ({
      headers: { 'content-type': 'application/json' },
      body: reply,
    }))
    await using gateway = await startServer({
      config: `engines: { host: { type: openai-compatible, url: '${host.url}/v1' } }\nmodels: { kimi-k2.5: { engines: [host] } }\n`,
    })
    const half = '\ud83d'
    const schema = { type: 'object', properties: { [`p${half}`]: { type: 'string', description: half } } }
    const called = { ...toolCall, function: { name: 'get_weather', arguments: `{"city":"\\ud83d"}` } }
    const body = {
      model: 'kimi-k2.5',
      stop: [half],
      user: half,
      metadata: { [half]: half },
      tools: [tool('get_weather', { description: half, parameters: schema })],
      messages: [
        { role: 'user', content: `Half ${half} and whole \u{1f600}.`, name: half },
        asked({ reasoning_content: half, tool_calls: [called] }),
        printed([{ type: 'text', text: half }]),
      ],
    }
    const answered = await call(`${gateway.url}/v1/chat/completions`, { body })
    assert.equal(answered.status, 200)
    const sent = host.requests[0]?.body ?? ''
    assert.ok(sent.includes('Half \ufffd and whole \u{1f600}.'))
    assert.ok(sent.includes('p\ufffd'))
    assert.doesNotMatch(sent, /\\ud[89a-f]/i)
  })
})
