import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol/errors'
import { type RequestDraft, mediaFromUrl } from '../../generation/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import { encodeError } from './encode-error.ts'
import { type DecodedMessages, decodeRequest } from './decode-request.ts'
import { anthropic } from './index.ts'
import { plainSeal as seal } from './testing/plain-seal.ts'

const hello = [{ role: 'user', content: 'Hi' }]
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }

const decode = (fields: Record<string, unknown>, counting = false): DecodedMessages =>
  decodeRequest(wireOf({ model: 'kimi-k2.5', max_tokens: 100, messages: hello, ...fields }), {
    seal,
    readMedia: mediaFromUrl,
    counting,
    restores: false,
  })
const drafted = (fields: Record<string, unknown>): RequestDraft => decode(fields).draft

function refusal(fields: Record<string, unknown>): string {
  try {
    decode(fields)
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    assert.equal(error.status, 400)
    return encodeError(error).error.message
  }
  return 'accepted'
}

const tool = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  description: 'd',
  input_schema: { type: 'object', properties: {} },
  ...more,
})
const use = (id: string, name: string, input: unknown = {}) => ({ type: 'tool_use', id, name, input })
const result = (id: string, content?: unknown) => ({ type: 'tool_result', tool_use_id: id, content })

describe('decoding', () => {
  it('names the field that is missing or wrong, in the words of this wire', () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ model: undefined }, 'model: Field required'],
      [{ max_tokens: undefined }, 'max_tokens: Field required'],
      [{ max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
      [{ max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
      [{ messages: undefined }, 'messages: Field required'],
      [{ messages: [] }, 'messages: at least one message is required'],
      [{ messages: [7] }, 'messages.0: Input should be an object'],
      [
        { messages: [{ role: 'tool', content: 'x' }] },
        "messages.0.role: Input should be 'user', 'assistant' or 'system'",
      ],
      [{ messages: [{ role: 'user' }] }, 'messages.0.content: Field required'],
      [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content.0.text: Field required'],
      [
        { messages: [{ role: 'user', content: [{ type: 'container_upload' }] }] },
        "messages.0.content.0.type: blocks of type 'container_upload' are not supported here",
      ],
      [
        { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', data: 'JVBERi0=' } }] }] },
        "messages.0.content.0.source.type: only documents of type 'text' and 'content' can be read here, send the text of others",
      ],
      [{ system: [{ type: 'text' }] }, 'system.0.text: Field required'],
      [{ thinking: { type: 'maybe' } }, "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled'"],
      [{ tool_choice: 'any' }, 'tool_choice: Input should be an object'],
      [{ tool_choice: { type: 'all' } }, "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'"],
      [{ tools: [tool('a.b')] }, "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"],
      [{ tools: [tool('x'.repeat(129))] }, "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"],
      [{ stop_sequences: 'END' }, 'stop_sequences: Input should be a valid list'],
      [{ stream: 'yes' }, 'stream: Input should be a valid boolean'],
      [{ compaction: {} }, 'compaction: this server does not compact conversations'],
    ]
    for (const [fields, words] of cases) assert.equal(refusal(fields), words)
  })

  it('needs no budget where a request is only counted', () => {
    assert.equal(decode({ max_tokens: undefined }, true).draft.maxCompletionTokens, undefined)
  })

  it('takes the first request of Claude Code as it was recorded', () => {
    const ephemeral = { cache_control: { type: 'ephemeral' } }
    const recorded = {
      model: 'kimi-k2.5',
      max_tokens: 32_000,
      stream: true,
      thinking: { type: 'adaptive', display: 'omitted' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { effort: 'high' },
      metadata: { user_id: '{"device_id":"00","account_uuid":"","session_id":"s"}' },
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.332; cc_entrypoint=sdk-cli;' },
        { type: 'text', text: 'You are an agent.', ...ephemeral },
        { type: 'text', text: 'Be brief.', ...ephemeral },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: '<system-reminder>a' },
            { type: 'text', text: 'the prompt' },
          ],
        },
        { role: 'system', content: [{ type: 'text', text: '# Environment', ...ephemeral }] },
      ],
      tools: [
        tool('Read', { input_schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' } }),
        { name: 'DeferredToolPlaceholder', defer_loading: true, input_schema: { type: 'object', properties: {} } },
      ],
    }
    const { draft, stream, sealed, leniency } = decode(recorded)
    assert.deepEqual(
      draft.messages.map(({ role, content }) => [role, content]),
      [
        [
          'system',
          [
            { type: 'text', text: 'You are an agent.' },
            { type: 'text', text: 'Be brief.' },
          ],
        ],
        [
          'user',
          [
            { type: 'text', text: '<system-reminder>a' },
            { type: 'text', text: 'the prompt' },
          ],
        ],
        ['system', [{ type: 'text', text: '# Environment' }]],
      ],
    )
    assert.deepEqual([stream, sealed, draft.thinking, draft.maxCompletionTokens], [true, true, true, 32_000])
    assert.deepEqual(
      draft.tools.map(({ name }) => name),
      ['Read'],
    )
    assert.deepEqual(
      leniency.map(({ field }) => field),
      ['context_management', 'output_config.effort'],
    )
  })

  it('keeps the line of the bill out of a system text too', () => {
    const system = 'x-anthropic-billing-header: cc_version=1;\nYou are an agent.'
    assert.deepEqual(drafted({ system }).messages[0], { role: 'system', content: 'You are an agent.' })
    assert.equal(drafted({ system: 'x-anthropic-billing-header: cc_version=1;' }).messages.length, 1)
  })

  it('thinks when it is asked to, and not when nobody says so', () => {
    assert.equal(drafted({}).thinking, false)
    assert.equal(drafted({ thinking: { type: 'disabled' } }).thinking, false)
    assert.equal(drafted({ thinking: { type: 'enabled', budget_tokens: 4096 } }).thinking, true)
    assert.equal(drafted({ thinking: { type: 'adaptive', display: 'summarized' } }).thinking, true)
    // A model without a switch does as it does.
    assert.equal(drafted({ model: 'kimi-k2-thinking' }).thinking, undefined)
    assert.equal(drafted({ model: 'kimi-k2-0905-preview', thinking: { type: 'adaptive' } }).thinking, undefined)
  })

  it('cools the models that the platform cooled on this wire', () => {
    assert.deepEqual(drafted({ temperature: 0.5, top_p: 0.9 }).sampling, { temperature: 0.5, topP: 0.9 })
    assert.equal(drafted({ model: 'kimi-k2-0905-preview', temperature: 0.5 }).sampling.temperature, 0.3)
  })

  it('reads results before what is said beside them, and images in both', () => {
    const { messages } = drafted({
      messages: [
        { role: 'user', content: 'look' },
        { role: 'assistant', content: [use('a', 'Read', { file: 'x' }), use('b', 'Shot')] },
        {
          role: 'user',
          content: [
            result('a', 'one'),
            result('b', [{ type: 'text', text: 'this' }, png]),
            { type: 'text', text: 'and?' },
            png,
          ],
        },
      ],
    })
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'tool', 'user'],
    )
    const [, , , shot, last] = messages
    assert.deepEqual(
      [shot, last].map((message) => Array.isArray(message?.content) && message.content.map(({ type }) => type)),
      [
        ['text', 'image'],
        ['text', 'image'],
      ],
    )
  })

  it('takes silent results, and says of a silent failure that it was one', () => {
    const after = (block: Record<string, unknown>) =>
      drafted({
        messages: [...hello, { role: 'assistant', content: [use('a', 'Bash')] }, { role: 'user', content: [block] }],
      }).messages.at(-1)?.content
    assert.equal(after(result('a')), '')
    assert.equal(after(result('a', '')), '')
    assert.equal(after(result('a', [])), '')
    assert.equal(after({ ...result('a'), is_error: true }), 'Error')
    assert.equal(after({ ...result('a', 'no such file'), is_error: true }), 'no such file')
  })

  it('takes a thought with its signature, without one, sealed, and of another maker', () => {
    const thought = (block: Record<string, unknown>) => {
      const messages = [
        ...hello,
        { role: 'assistant', content: [block, use('a', 'Read')] },
        { role: 'user', content: [result('a')] },
      ]
      const said = drafted({ thinking: { type: 'adaptive' }, messages }).messages[1]
      return said?.role === 'assistant' ? said.reasoning : undefined
    }
    const thinking = 'hm'
    assert.equal(thought({ type: 'thinking', thinking, signature: seal.sign(thinking) }), 'hm')
    assert.equal(thought({ type: 'thinking', thinking }), 'hm')
    assert.equal(thought({ type: 'thinking', thinking, signature: '' }), 'hm')
    assert.equal(thought({ type: 'thinking', thinking, signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h' }), 'hm')
    assert.equal(thought({ type: 'thinking', thinking: '', signature: seal.seal(thinking) }), 'hm')
    assert.equal(thought({ type: 'redacted_thinking', data: seal.seal(thinking) }), 'hm')
    // What nobody can read counts as empty, which the contract lets pass here and names.
    assert.equal(thought({ type: 'redacted_thinking', data: 'foreign' }), '')
    assert.equal(thought({ type: 'text', text: 'no thought at all' }), '')
    // Unless somebody puts back what is missing.
    const dialect = anthropic({ seal })
    const messages = [
      ...hello,
      { role: 'assistant', content: [use('a', 'Read')] },
      { role: 'user', content: [result('a')] },
    ]
    const wire = wireOf({ model: 'kimi-k2.5', max_tokens: 1, messages, thinking: { type: 'adaptive' } })
    const [, said] = dialect.decode(wire, new Set(['restore-reasoning'])).draft.messages
    assert.ok(said?.role === 'assistant' && said.reasoning === undefined)
  })

  it('refuses a thought that was changed', () => {
    const changed = { type: 'thinking', thinking: 'another', signature: seal.sign('hm') }
    const words = 'messages.1.content.0: Invalid `signature` in `thinking` block'
    assert.equal(refusal({ messages: [...hello, { role: 'assistant', content: [changed] }] }), words)
    const exchanged = { ...changed, signature: seal.seal('hm') }
    assert.equal(refusal({ messages: [...hello, { role: 'assistant', content: [exchanged] }] }), words)
  })

  it('goes on from a last message of the assistant, unless it says nothing', () => {
    const last = drafted({ messages: [...hello, { role: 'assistant', content: '{"a":' }] }).messages.at(-1)
    assert.ok(last?.role === 'assistant' && last.partial && last.content === '{"a":')
    assert.equal(drafted({ messages: [...hello, { role: 'assistant', content: [] }] }).messages.length, 1)
    const earlier = drafted({ messages: [{ role: 'assistant', content: 'x' }, ...hello] }).messages[0]
    assert.ok(earlier?.role === 'assistant' && !earlier.partial)
  })

  it('reads documents of text and results of searches as text', () => {
    const content = [
      { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'body' } },
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner' }, png] } },
      { type: 'search_result', title: 'S', source: 'https://s', content: [{ type: 'text', text: 'found' }] },
    ]
    const [message] = drafted({ messages: [{ role: 'user', content }] }).messages
    assert.ok(Array.isArray(message?.content))
    assert.equal(
      message.content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('|'),
      'T\n\n|body|inner|[image]|S\nhttps://s\n\n|found',
    )
  })

  it('leaves an image that is elsewhere to the resolvers', () => {
    const at = (source: Record<string, unknown>) =>
      drafted({ messages: [{ role: 'user', content: [{ type: 'image', source }] }] }).messages[0]?.content[0]
    assert.deepEqual(at({ type: 'url', url: 'https://x/y.png' }), {
      type: 'reference',
      medium: 'image',
      url: 'https://x/y.png',
    })
    assert.deepEqual(at({ type: 'file', file_id: 'abc' }), { type: 'reference', medium: 'image', url: 'ms://abc' })
    const data = at({ type: 'url', url: `data:image/png;base64,${PNG}` })
    assert.ok(typeof data === 'object' && data.type === 'image')
  })
})

describe('tools', () => {
  const named = (fields: Record<string, unknown>) => drafted(fields).tools.map(({ name }) => name)

  it('are chosen in all forms of this wire', () => {
    const choice = (value: unknown) => {
      const { draft, single } = decode({ tools: [tool('extract')], tool_choice: value })
      return [draft.toolChoice, single]
    }
    assert.deepEqual(choice(undefined), ['auto', false])
    assert.deepEqual(choice({ type: 'auto' }), ['auto', false])
    assert.deepEqual(choice({ type: 'none' }), ['none', false])
    assert.deepEqual(choice({ type: 'any', disable_parallel_tool_use: true }), ['required', true])
    assert.deepEqual(choice({ type: 'tool', name: 'extract' }), [{ name: 'extract' }, false])
  })

  it('have names that the model takes, and their own on the way back', () => {
    const long = `mcp__server__${'x'.repeat(71)}`
    const { draft, names } = decode({
      tools: [tool(long), tool('3d'), tool('plain')],
      tool_choice: { type: 'tool', name: long },
      messages: [...hello, { role: 'assistant', content: [use('a', long)] }, { role: 'user', content: [result('a')] }],
    })
    const [first = '', second = '', third] = draft.tools.map(({ name }) => name)
    assert.match(first, /^mcp__server__x{42}_[0-9a-f]{8}$/)
    assert.match(second, /^_3d_[0-9a-f]{8}$/)
    assert.equal(third, 'plain')
    assert.deepEqual(
      [first, second].map((name) => names.toWire(name)),
      [long, '3d'],
    )
    assert.deepEqual(draft.toolChoice, { name: first })
    const said = draft.messages[1]
    assert.equal(said?.role === 'assistant' && said.toolCalls[0]?.name, first)
    // The same in every request, so that the beginning of a conversation stays as it is.
    assert.equal(drafted({ tools: [tool(long)] }).tools[0]?.name, first)
  })

  it('that are deferred are offered when the conversation refers to them', () => {
    const tools = [tool('ToolSearch'), tool('WebFetch', { defer_loading: true }), tool('Cron', { defer_loading: true })]
    assert.deepEqual(named({ tools }), ['ToolSearch'])
    const reference = { type: 'tool_reference', tool_name: 'WebFetch' }
    const messages = [
      ...hello,
      { role: 'assistant', content: [use('a', 'ToolSearch')] },
      { role: 'user', content: [result('a', [reference])] },
    ]
    assert.deepEqual(named({ tools, messages }), ['ToolSearch', 'WebFetch'])
    assert.deepEqual(drafted({ tools, messages }).messages.at(-1)?.content, [
      { type: 'text', text: 'The tool WebFetch is available from here on.\n' },
    ])
    // Whoever must be called is there, and where the search is the provider's own all are.
    assert.deepEqual(named({ tools, tool_choice: { type: 'tool', name: 'Cron' } }), ['ToolSearch', 'Cron'])
    const search = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' }
    assert.deepEqual(named({ tools: [search, ...tools] }), ['ToolSearch', 'WebFetch', 'Cron'])
  })

  it('come and go with system messages in the middle', () => {
    const change = (type: string, of: Record<string, unknown>) => ({ role: 'system', content: [{ type, tool: of }] })
    const reference = (name: string) => ({ type: 'tool_reference', name })
    const tools = [tool('a'), tool('b', { defer_loading: true })]
    const messages = [
      ...hello,
      change('tool_removal', reference('a')),
      change('tool_addition', reference('b')),
      change('tool_addition', { type: 'tool_definition', definition: tool('c') }),
    ]
    assert.deepEqual(named({ tools, messages }), ['b', 'c'])
    assert.deepEqual(named({ tools, messages: [...messages, change('tool_addition', reference('a'))] }), [
      'a',
      'b',
      'c',
    ])
  })

  it('that only the provider runs are left out, and named', () => {
    const { draft, leniency } = decode({ tools: [{ type: 'web_search_20250305', name: 'web_search' }, tool('a')] })
    assert.deepEqual(
      draft.tools.map(({ name }) => name),
      ['a'],
    )
    assert.deepEqual(leniency, [{ switch: 'ignore-unknown-fields', field: 'tools.web_search' }])
    const forced = {
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      tool_choice: { type: 'tool', name: 'web_search' },
    }
    assert.equal(
      refusal(forced),
      "tool_choice.name: only the provider of this API runs its tool of type 'web_search_20250305'",
    )
  })

  it('may lack a schema, or its type', () => {
    const schema = (input_schema: unknown) => {
      const [only] = drafted({ tools: [tool('a', { input_schema })] }).tools
      return only?.type === 'function' ? only.parameters : undefined
    }
    assert.deepEqual(schema(undefined), { type: 'object', properties: {} })
    assert.deepEqual(schema({}), { type: 'object', properties: {} })
    assert.deepEqual(schema({ properties: { a: { type: 'string' } } }), {
      type: 'object',
      properties: { a: { type: 'string' } },
    })
  })
})

describe('what is passed by', () => {
  it('is named, and hints are not', () => {
    const fields = {
      cache_control: { type: 'ephemeral' },
      service_tier: 'auto',
      metadata: { user_id: 'u' },
      top_k: 5,
      speed: 'fast',
      mcp_servers: [{}],
      container: null,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: { effort: 'max', format: null },
    }
    assert.deepEqual(
      decode(fields).leniency.map(({ switch: name, field }) => `${name} ${field}`),
      [
        'ignore-unknown-fields speed',
        'ignore-unknown-fields mcp_servers',
        'ignore-unknown-fields output_config.effort',
        'ignore-unknown-fields thinking.budget_tokens',
        'drop-fixed-sampling top_k',
      ],
    )
    assert.equal(decode(fields).draft.safetyIdentifier, 'u')
  })

  it('is refused where a request wants it so', () => {
    const dialect = anthropic({ seal })
    const wire = wireOf({ model: 'kimi-k2.5', max_tokens: 100, messages: hello, speed: 'fast' })
    assert.equal(dialect.decode(wire, dialect.lenient).leniency.length, 1)
    assert.throws(() => dialect.decode(wire, new Set()), /speed: Extra inputs are not permitted/)
  })

  it('asks for a form of the answer under either of its names', () => {
    const format = { type: 'json_schema', schema: { type: 'object', properties: {} } }
    const wanted = { type: 'json_schema', name: 'output', strict: true, schema: format.schema }
    assert.deepEqual(drafted({ output_config: { format } }).responseFormat, wanted)
    assert.deepEqual(drafted({ output_format: format }).responseFormat, wanted)
    assert.deepEqual(drafted({}).responseFormat, { type: 'text' })
  })

  it('leaves out system text that was meant for a turn that is over', () => {
    const once = { role: 'system', content: 'once', clear_at: 'next_user_message' }
    const roles = (messages: unknown[]) => drafted({ messages }).messages.map(({ role }) => role)
    assert.deepEqual(roles([...hello, once]), ['user', 'system'])
    assert.deepEqual(roles([...hello, once, { role: 'assistant', content: 'x' }, ...hello]), [
      'user',
      'assistant',
      'user',
    ])
  })
})
