/** Anthropic's Messages API end to end: whole, streamed, tools, thoughts that come back, counts, models, refusals, cuts, money. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { eventsIn, foldMessage } from '../packages/core/src/dialects/anthropic/testing/fold-message.ts'
import { type CalledReply, call } from './support/call.ts'
import { type MessagesClient, type WireMessage, messagesClient } from './support/messages-client.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: cut, match: { any_message: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { any_message: please-fail }, reply: { fault: { status: 503 } } }
  - { name: busy, match: { any_message: please-wait }, reply: { fault: { status: 429, retry_after: 2 } } }
  - { name: slow, match: { any_message: slowly }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 20 } } }
  - { name: stopped, match: { any_message: stop-here }, reply: { text: before END after, chunk_size: 3 } }
  - { name: cached, match: { any_message: from-the-cache }, reply: { text: yes, usage: { prompt: 100, cached: 60, completion: 3 } } }
  - { name: two, match: { any_message: both-at-once, after_tool: false }, reply: { reasoning: Two of them., text: Looking., tool_calls: [{ name: Read, arguments: { file: a } }, { name: Read, arguments: { file: b } }] } }
  - { name: round5, match: { any_message: { regex: 'result 5' } }, reply: { reasoning: Enough., text: All five are done. } }
  - { name: rounds, match: { any_message: five-rounds }, reply: { reasoning: 'I think, and read on.', tool_calls: [{ name: Read, arguments: { file: x } }] } }
`

const FAULTS = ['cut_after_chunks: 2', 'reset_after_chunks: 2', 'malformed_after_chunks: 2', 'no_finish: true']

const hello = [{ role: 'user', content: 'Say hello.' }]
const user = (content: unknown) => ({ role: 'user', content })
const READ = {
  name: 'Read',
  description: 'Reads a file',
  input_schema: { type: 'object', properties: { file: { type: 'string' } } },
}

describe('the Messages API', { timeout: 60_000 }, () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  let client: MessagesClient
  before(async () => {
    const faults = FAULTS.map(
      (fault, place) =>
        `  - { name: fault${place}, match: { any_message: fault-${place} }, reply: { reasoning: Hm., text: one two three four, chunk_size: 4, fault: { ${fault} } } }`,
    )
    server = await startServer({
      scenarios: `${SCENARIOS}${faults.join('\n')}\n`,
      config: 'routing: { attempts: 1, seams: 0 }',
    })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
    client = messagesClient(server.url, customer.key)
  })
  after(() => server.close())

  const errorOf = ({ status, json, headers }: CalledReply): unknown[] => {
    assert.ok(isFields(json) && json['type'] === 'error' && isFields(json['error']))
    assert.equal(typeof json['request_id'], 'string')
    assert.equal(headers.get('request-id'), json['request_id'], 'said once')
    return [status, json['error']['type'], json['error']['message']]
  }
  const typesOf = ({ content }: WireMessage): string[] => content.map(({ type }) => type)
  const textOf = ({ content }: WireMessage): unknown => content.find(({ type }) => type === 'text')?.['text']

  it('answers whole and streamed, below both paths, in one form', async () => {
    for (const path of ['/anthropic', '']) {
      const at = messagesClient(server.url, customer.key, path)
      const [whole, streamed] = [
        await at.message({ messages: hello }),
        await at.message({ messages: hello, stream: true }),
      ]
      assert.match(String(whole['id']), /^msg_[0-9a-f]{24}$/)
      const { id: _, usage, ...rest } = whole
      const { id: __, usage: told, ...others } = streamed
      assert.deepEqual(rest, others)
      assert.deepEqual(usage, told)
      assert.deepEqual([rest.stop_reason, rest['role'], rest['model']], ['end_turn', 'assistant', 'kimi-k2.5'])
      // Nobody asked for a thought.
      assert.deepEqual(typesOf(whole), ['text'])
    }
  })

  it('says the tokens of the prompt at the head of a stream, and the whole truth at its end', async () => {
    const fields = { messages: [user('from-the-cache')], stream: true }
    const { text, headers } = await client.send(fields)
    assert.match(headers.get('content-type') ?? '', /^text\/event-stream/)
    const [first] = eventsIn(text)
    const counted = await client.count({ messages: fields.messages })
    assert.ok(isFields(first?.data['message']) && isFields(first.data['message']['usage']))
    assert.equal(first.data['message']['usage']['input_tokens'], counted)
    assert.deepEqual(foldMessage(text)['usage'], {
      input_tokens: 40,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 60,
      output_tokens: 3,
      output_tokens_details: { thinking_tokens: 0 },
      service_tier: 'standard',
      inference_geo: 'not_available',
      prompt_tokens: 100,
      cached_tokens: 60,
    })
  })

  it('counts what it bills', async () => {
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: v1' },
      { type: 'text', text: 'Be brief.' },
    ]
    const asked = [
      { messages: hello },
      { messages: hello, system, tools: [READ], thinking: { type: 'adaptive' } },
      { messages: [...hello, { role: 'system', content: 'And kind.' }], tools: [{ ...READ, name: 'r'.repeat(100) }] },
    ]
    for (const fields of asked) {
      const tokens = await client.count(fields)
      const { usage } = await client.message(fields)
      assert.equal((usage['input_tokens'] ?? 0) + (usage['cache_read_input_tokens'] ?? 0), tokens)
    }
  })

  it('thinks when asked to: to be read, signed, or sealed for whoever does not want to read it', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    const read = await client.message({ messages: hello, thinking })
    assert.deepEqual(typesOf(read), ['thinking', 'text'])
    const [thought] = read.content
    assert.ok(String(thought?.['thinking']).length > 0 && String(thought?.['signature']).length > 0)
    for (const stream of [false, true]) {
      const sealed = await client.message({
        messages: hello,
        thinking: { type: 'adaptive', display: 'omitted' },
        stream,
      })
      assert.equal(sealed.content[0]?.['thinking'], '')
      assert.ok(String(sealed.content[0]?.['signature']).length > String(thought?.['signature']).length)
    }
    const changed = [
      { ...thought, thinking: 'Another.' },
      { type: 'text', text: 'Hello.' },
    ]
    const refused = await client.send({
      messages: [...hello, { role: 'assistant', content: changed }, ...hello],
      thinking,
    })
    assert.deepEqual(errorOf(refused), [
      400,
      'invalid_request_error',
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    ])
  })

  it('goes five rounds of tools with thinking on, whole and streamed, read and sealed', async () => {
    for (const display of ['summarized', 'omitted']) {
      for (const stream of [false, true]) {
        const messages: unknown[] = [user('five-rounds')]
        const ids = new Set<unknown>()
        let last: WireMessage | undefined
        for (let round = 1; round <= 6; round += 1) {
          last = await client.message({ messages, stream, tools: [READ], thinking: { type: 'adaptive', display } })
          if (last.stop_reason !== 'tool_use') break
          assert.deepEqual(typesOf(last), ['thinking', 'tool_use'])
          const asked = last.content[1]
          assert.deepEqual([asked?.['name'], asked?.['input']], ['Read', { file: 'x' }])
          ids.add(asked?.['id'])
          messages.push({ role: 'assistant', content: last.content })
          messages.push(user([{ type: 'tool_result', tool_use_id: asked?.['id'], content: `result ${round}` }]))
        }
        assert.equal(last === undefined ? undefined : textOf(last), 'All five are done.')
        assert.equal(ids.size, 5, 'no id comes twice in a conversation')
      }
    }
  })

  it('reads thoughts that come back, also sealed ones: the prompt has them', async () => {
    const spoken = [user('five-rounds')]
    const prompts: number[] = []
    for (const display of ['summarized', 'omitted', 'dropped']) {
      const { content } = await client.message({
        messages: spoken,
        tools: [READ],
        thinking: { type: 'adaptive', display: display === 'dropped' ? null : display },
      })
      const back = display === 'dropped' ? content.slice(1) : content
      const result = [{ type: 'tool_result', tool_use_id: content[1]?.['id'], content: 'result 5' }]
      const fields = { messages: [...spoken, { role: 'assistant', content: back }, user(result)], tools: [READ] }
      const { status, headers, json } = await client.send({ ...fields, thinking: { type: 'adaptive' } })
      assert.equal(status, 200)
      assert.equal(/accept-empty-reasoning/.test(headers.get('x-moonbase-lenient') ?? ''), display === 'dropped')
      assert.ok(isFields(json) && isFields(json['usage']))
      prompts.push(Number(json['usage']['prompt_tokens']))
    }
    const [read, sealed, dropped = 0] = prompts
    assert.equal(read, sealed)
    assert.ok(Number(read) > dropped)
  })

  it('opens no thought for another organisation', async () => {
    const thinking = { type: 'adaptive', display: 'omitted' }
    const asked = { messages: [user('five-rounds')], tools: [READ], thinking }
    const { content } = await client.message(asked)
    const result = user([{ type: 'tool_result', tool_use_id: content[1]?.['id'], content: 'result 5' }])
    const back = { ...asked, messages: [...asked.messages, { role: 'assistant', content }, result] }
    const tokens = (of: MessagesClient): Promise<number> => of.count(back)
    const other = await operator.customer({ voucher: '1' })
    assert.ok((await tokens(client)) > (await tokens(messagesClient(server.url, other.key))))
  })

  it('calls several tools at once, or one where that is asked', async () => {
    const fields = { messages: [user('both-at-once')], tools: [READ], thinking: { type: 'adaptive' } }
    for (const stream of [false, true]) {
      const both = await client.message({ ...fields, stream })
      assert.deepEqual(typesOf(both), ['thinking', 'text', 'tool_use', 'tool_use'])
      assert.deepEqual(
        both.content.slice(2).map(({ input }) => input),
        [{ file: 'a' }, { file: 'b' }],
      )
      const tool_choice = { type: 'auto', disable_parallel_tool_use: true }
      assert.deepEqual(typesOf(await client.message({ ...fields, stream, tool_choice })), [
        'thinking',
        'text',
        'tool_use',
      ])
    }
  })

  it('must call where the choice says so, by names of up to 128 characters', async () => {
    const name = `mcp__server__${'x'.repeat(100)}`
    const tools = [{ ...READ, name }, READ]
    for (const tool_choice of [{ type: 'tool', name }, { type: 'any' }]) {
      const { content, stop_reason: reason } = await client.message({ messages: hello, tools, tool_choice })
      assert.equal(reason, 'tool_use')
      assert.ok([name, 'Read'].includes(String(content.at(-1)?.['name'])))
    }
    const thinking = await client.send({
      messages: hello,
      tools,
      tool_choice: { type: 'any' },
      thinking: { type: 'adaptive' },
    })
    assert.deepEqual(errorOf(thinking), [
      400,
      'invalid_request_error',
      'Thinking may not be enabled when tool_choice forces tool use.',
    ])
    const none = await client.message({ messages: [user('use Read')], tools, tool_choice: { type: 'none' } })
    assert.equal(none.stop_reason, 'end_turn')
  })

  it('says which stop sequence it was, and goes on from a prefix', async () => {
    for (const stream of [false, true]) {
      const fields = { messages: [user('stop-here')], stop_sequences: ['STOP', 'END'], stream }
      const { stop_reason: reason, stop_sequence: sequence, content } = await client.message(fields)
      assert.deepEqual([reason, sequence, content], ['stop_sequence', 'END', [{ type: 'text', text: 'before ' }]])
    }
    const prefix = { role: 'assistant', content: '{"name":' }
    const text = textOf(await client.message({ messages: [user('JSON with name and age'), prefix] }))
    assert.ok(isFields(JSON.parse(`{"name":${String(text)}`)))
    const cut = await client.message({ messages: [user('write 200 words')], max_tokens: 5 })
    assert.equal(cut.stop_reason, 'max_tokens')
  })

  it('lets pass what its clients send, and says what it passed over', async () => {
    const fields = {
      messages: hello,
      temperature: 0.7,
      top_k: 4,
      context_management: { edits: [] },
      output_config: { effort: 'high' },
      tools: [
        {
          ...READ,
          input_schema: { $schema: 'x', type: 'object', properties: { a: { type: 'string', format: 'uri' } } },
        },
      ],
    }
    const { status, headers } = await client.send(fields, { 'anthropic-beta': 'whatever-2030-01-01' })
    assert.equal(status, 200)
    const lenient = headers.get('x-moonbase-lenient') ?? ''
    assert.match(lenient, /ignore-unknown-fields;fields="context_management output_config.effort"/)
    assert.match(lenient, /drop-fixed-sampling;fields="top_k temperature"/)
  })

  it('lists the models in its form where the caller speaks this wire', async () => {
    const version = { 'anthropic-version': '2023-06-01', 'x-api-key': customer.key }
    for (const path of ['/anthropic/v1/models', '/v1/models']) {
      const { json } = await call(`${server.url}${path}?limit=2`, { key: null, headers: version })
      assert.ok(isFields(json) && Array.isArray(json['data']))
      assert.deepEqual([json['data'].length, json['has_more']], [2, true])
      const next = await call(`${server.url}${path}?limit=1000&after_id=${String(json['last_id'])}`, {
        key: null,
        headers: version,
      })
      assert.ok(isFields(next.json) && Array.isArray(next.json['data']))
      assert.ok(!JSON.stringify(next.json['data']).includes(`"${String(json['first_id'])}"`))
      assert.equal(next.json['has_more'], false)
    }
    const one = await call(`${server.url}/v1/models/kimi-k2.5`, { key: null, headers: version })
    assert.ok(isFields(one.json))
    const { type, id, created_at: created, max_input_tokens: window } = one.json
    assert.deepEqual([type, id, created, window], ['model', 'kimi-k2.5', '2026-01-27T00:00:00Z', 262_144])
    const platform = await call(`${server.url}/v1/models`, { key: customer.key })
    assert.ok(isFields(platform.json) && platform.json['object'] === 'list')
  })

  it('takes the key in either header, and refuses in its own form: keys, paths, bodies, models, limits, engines', async () => {
    const bearer = await client.send({ messages: hello }, { 'x-api-key': '', authorization: `Bearer ${customer.key}` })
    assert.equal(bearer.status, 200)
    assert.equal(bearer.headers.get('request-id'), bearer.headers.get('x-request-id'))
    const wrongKey = await client.send({ messages: hello }, { 'x-api-key': 'sk-guess' })
    assert.deepEqual(errorOf(wrongKey).slice(0, 2), [401, 'authentication_error'])
    assert.deepEqual(errorOf(await client.send({ messages: hello, model: 'claude-haiku-4-5' })).slice(0, 2), [
      404,
      'not_found_error',
    ])
    const nowhere = await call(`${server.url}/anthropic/v1/complete`, { key: customer.key, body: {} })
    assert.deepEqual(errorOf(nowhere).slice(0, 2), [404, 'not_found_error'])
    // At the root as well: who has its key in a header of this wire is not told that it is wrong.
    for (const path of ['/v1/complete', '/v1/files', '/v1/organizations/me']) {
      const headers = { 'anthropic-version': '2023-06-01', 'x-api-key': customer.key }
      const unserved = await call(`${server.url}${path}`, { key: null, headers, body: {} })
      assert.deepEqual(errorOf(unserved).slice(0, 2), [404, 'not_found_error'], path)
    }
    const broken = await call(`${server.url}/anthropic/v1/messages`, { key: customer.key, body: '{"model":' })
    assert.deepEqual(errorOf(broken).slice(0, 2), [400, 'invalid_request_error'])
    assert.deepEqual(errorOf(await client.send({ messages: [user('please-fail')] })).slice(0, 2), [503, 'api_error'])
    const busy = await client.send({ messages: [user('please-wait')] })
    assert.deepEqual(errorOf(busy).slice(0, 2), [429, 'overloaded_error'])
    assert.equal(busy.headers.get('retry-after'), '2')
    const unanswered = [
      user('x'),
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Read', input: {} }] },
      user('y'),
    ]
    assert.match(
      String(errorOf(await client.send({ messages: unanswered }))[2]),
      /^`tool_use` ids were found without `tool_result` blocks immediately after: a\./,
    )
    const poor = await operator.customer()
    const refused = await messagesClient(server.url, poor.key).send({ messages: hello })
    assert.deepEqual(errorOf(refused).slice(0, 2), [429, 'billing_error'])
    assert.equal(refused.headers.get('x-should-retry'), 'false')
  })

  it('says that a prompt is too long in the words that agents know', async () => {
    const tooLong = await client.send({ messages: [user('word '.repeat(700_000))] })
    const [status, type, words] = errorOf(tooLong)
    assert.deepEqual([status, type], [400, 'invalid_request_error'])
    assert.match(String(words), /^prompt is too long: \d+ tokens > 262144 maximum$/)
  })

  it('gives what the window has left in place of a larger budget, unless it is asked to be strict', async () => {
    const fields = { messages: hello, max_tokens: 262_144 }
    const clamped = await client.send(fields)
    assert.equal(clamped.status, 200)
    assert.match(clamped.headers.get('x-moonbase-lenient') ?? '', /clamp-budget;fields="max_completion_tokens"/)
    const strict = errorOf(await client.send(fields, { 'x-moonbase-lenient': '-clamp-budget' }))
    assert.match(
      String(strict[2]),
      /^input length and `max_tokens` exceed context limit: \d+ \+ 262144 > 262144, decrease /,
    )
    const unknown = await client.send(
      { messages: hello, speed: 'fast' },
      { 'x-moonbase-lenient': '-ignore-unknown-fields' },
    )
    assert.deepEqual(errorOf(unknown), [400, 'invalid_request_error', 'speed: Extra inputs are not permitted'])
  })

  it('puts back a thought that was dropped, where that is asked', async () => {
    const thinking = { type: 'adaptive' }
    const asked = { messages: [user('both-at-once, and put back')], tools: [READ], thinking }
    const restoring = { 'x-moonbase-lenient': 'restore-reasoning' }
    const first = await client.send(asked, restoring)
    assert.ok(isFields(first.json) && Array.isArray(first.json['content']))
    const calls = first.json['content'].slice(1)
    const results = calls.slice(1).map((block: unknown) => ({
      type: 'tool_result',
      tool_use_id: isFields(block) ? block['id'] : undefined,
      content: 'x',
    }))
    const back = { ...asked, messages: [...asked.messages, { role: 'assistant', content: calls }, user(results)] }
    const { status, headers } = await client.send(back, restoring)
    assert.equal(status, 200)
    assert.match(headers.get('x-moonbase-lenient') ?? '', /restore-reasoning;fields="messages.1.reasoning_content"/)
    const unkept = { ...back, messages: [user('both-at-once, another'), ...back.messages.slice(1)] }
    assert.match(
      String(errorOf(await client.send(unkept, restoring))[2]),
      /^Expected `thinking` or `redacted_thinking`/,
    )
  })

  it('says a failure in mid-stream in its own events, and nothing that means complete', async () => {
    const reply = await client.send({ messages: [user('please-cut')], stream: true })
    const events = eventsIn(reply.text)
    const last = events.at(-1)
    assert.deepEqual([last?.event, isFields(last?.data['error']) && last.data['error']['type']], ['error', 'api_error'])
    assert.ok(!events.some(({ event }) => event === 'message_stop' || event === 'message_delta'))
    const record = await operator.get(`/requests/${reply.headers.get('request-id') ?? ''}`)
    assert.equal(record['error'], 'engine_cut')
    assert.ok(Number(record['cost']) > 0, 'what was given is paid for')
    // Asked again without `stream`, as Claude Code does.
    assert.deepEqual(errorOf(await client.send({ messages: [user('please-cut')] })).slice(0, 2), [502, 'api_error'])
  })

  for (const [place, fault] of FAULTS.entries()) {
    it(`never says complete of a stream whose engine has the fault ${fault}`, async () => {
      for (const thinking of [{ type: 'disabled' }, { type: 'adaptive' }, { type: 'adaptive', display: 'omitted' }]) {
        const { text } = await client.send({ messages: [user(`fault-${place}`)], stream: true, thinking })
        const events = eventsIn(text).map(({ event }) => event)
        assert.deepEqual([events[0], events.at(-1)], ['message_start', 'error'])
        assert.ok(!events.includes('message_stop') && !events.includes('message_delta'))
      }
    })
  }

  it('is read again in the same bytes, by whoever left', async () => {
    const leaver = new AbortController()
    const response = await fetch(`${server.url}/anthropic/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ model: 'kimi-k2.5', max_tokens: 100, stream: true, messages: [user('slowly')] }),
      headers: { 'content-type': 'application/json', 'x-api-key': customer.key, 'x-moonbase-on-disconnect': 'detach' },
      signal: leaver.signal,
    })
    const id = response.headers.get('x-moonbase-stream-id') ?? assert.fail('no id')
    const reader = response.body?.getReader() ?? assert.fail('no body')
    const { value } = await reader.read()
    leaver.abort()
    const again = await call(`${server.url}/anthropic/v1/messages/streams/${id}`, { key: customer.key })
    const text = again.text.replaceAll(/^id: \d+\n/gm, '')
    assert.ok(text.startsWith(new TextDecoder().decode(value)))
    assert.deepEqual(foldMessage(text)['content'], [{ type: 'text', text: 'one two three four five six' }])
    const other = await call(`${server.url}/anthropic/v1/messages/streams/${id}`, { key: server.key })
    assert.deepEqual(errorOf(other).slice(0, 2), [404, 'not_found_error'])
  })

  it('is billed like any other, and the books are right', async () => {
    const reply = await client.send({ messages: hello, stream: true })
    const record = await operator.get(`/requests/${reply.headers.get('request-id') ?? ''}`)
    const shown = [record['api'], record['model'], record['streamed'], record['status'], record['error']]
    assert.deepEqual(shown, ['anthropic', 'kimi-k2.5', true, 200, null])
    assert.ok(Number(record['cost']) > 0)
    await operator.audit()
  })
})
