/**
 * Five turns of tools with thinking on at every face, by a client that sends no thought back: several conversations at once, whose
 * calls are all the same. The model is a host of ours that looks at every thought that comes back.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isFields } from '@moonbase/protocol'
import { type Fields, at, listAt, textAt } from './faces/face.ts'
import { call } from './support/call.ts'
import { EXAMPLE_MODEL } from './support/cloudflare-examples.ts'
import { ACCOUNT } from './support/gateway-client.ts'
import { type TestServer, startServer } from './support/start-server.ts'
import { type ThinkingUpstream, openThinkingUpstream } from './support/thinking-upstream.ts'

const TURNS = 5
const AT_ONCE = 4
const MODEL = 'kimi-k2.5'
const ASKED = { 'x-moonbase-lenient': 'restore-reasoning' }
const PARAMETERS = { type: 'object', properties: { path: { type: 'string' } } }
const RESULT = 'status: TODO'

/** A tool loop as clients of one wire write it, but for the thoughts. */
interface Loop {
  readonly name: string
  readonly path: string
  /** Where the face does not put thoughts back by itself. */
  readonly headers?: Readonly<Record<string, string>>
  asking(words: string): unknown
  body(conversation: readonly unknown[]): unknown
  /** What a client that drops thoughts keeps of an answer, and its results; nothing where no tool was called. */
  goOn(reply: unknown): readonly unknown[]
  textIn(reply: unknown): string
}

const CHAT_TOOLS = [{ type: 'function', function: { name: 'Read', parameters: PARAMETERS } }]

function chatLoop(fields: Pick<Loop, 'name' | 'path' | 'headers'>, model: string, around = wholeBody): Loop {
  return {
    ...fields,
    asking: (words) => ({ role: 'user', content: words }),
    body: (messages) => around({ model, messages, tools: CHAT_TOOLS }),
    goOn(reply) {
      const calls = listAt(messageOf(reply), 'tool_calls')
      if (calls.length === 0) return []
      const results = calls.map((one) => ({ role: 'tool', tool_call_id: textAt(one, 'id'), content: RESULT }))
      return [{ role: 'assistant', content: '', tool_calls: calls }, ...results]
    },
    textIn: (reply) => textAt(messageOf(reply), 'content'),
  }
}

const wholeBody = (body: Fields): unknown => body

/** REST has it in an envelope. */
function messageOf(reply: unknown): unknown {
  return at(reply, 'choices', 0, 'message') ?? at(reply, 'result', 'choices', 0, 'message')
}

const REST = `/client/v4/accounts/${ACCOUNT}/ai`

const LOOPS: readonly Loop[] = [
  chatLoop({ name: 'moonshot', path: '/v1/chat/completions', headers: ASKED }, MODEL),
  chatLoop({ name: 'oxen', path: '/api/ai/chat/completions' }, 'moonshotai-kimi-k2-5'),
  chatLoop({ name: 'Workers AI, chat completions', path: `${REST}/v1/chat/completions` }, EXAMPLE_MODEL),
  chatLoop({ name: 'Workers AI, run', path: `${REST}/run/${EXAMPLE_MODEL}` }, MODEL, ({ messages, tools }: Fields) => ({
    messages,
    tools,
  })),
  chatLoop({ name: 'ai-gateway', path: `/v1/${ACCOUNT}/default/openai/chat/completions`, headers: ASKED }, MODEL),
  chatLoop({ name: 'ai-gateway, universal', path: '/ai-gateway/v1/me/default' }, MODEL, (query) => [
    { provider: 'openai', endpoint: 'chat/completions', headers: ASKED, query },
  ]),
  {
    name: 'responses',
    path: '/v1/responses',
    asking: (words) => ({ role: 'user', content: words }),
    body: (input) => ({
      model: MODEL,
      input,
      tools: [{ type: 'function', name: 'Read', strict: false, parameters: PARAMETERS }],
      store: false,
    }),
    goOn(reply) {
      const calls = listAt(reply, 'output').filter((item) => textAt(item, 'type') === 'function_call')
      return calls.flatMap((one) => [
        one,
        { type: 'function_call_output', call_id: textAt(one, 'call_id'), output: RESULT },
      ])
    },
    textIn: (reply) =>
      listAt(reply, 'output')
        .flatMap((item) => (textAt(item, 'type') === 'message' ? listAt(item, 'content') : []))
        .map((part) => textAt(part, 'text'))
        .join(''),
  },
  {
    name: 'anthropic',
    path: '/v1/messages',
    headers: ASKED,
    asking: (words) => ({ role: 'user', content: words }),
    body: (messages) => ({
      model: MODEL,
      max_tokens: 1000,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages,
      tools: [{ name: 'Read', input_schema: PARAMETERS }],
    }),
    goOn(reply) {
      const calls = listAt(reply, 'content').filter((block) => textAt(block, 'type') === 'tool_use')
      if (calls.length === 0) return []
      const results = calls.map((one) => ({ type: 'tool_result', tool_use_id: textAt(one, 'id'), content: RESULT }))
      return [
        { role: 'assistant', content: calls },
        { role: 'user', content: results },
      ]
    },
    textIn: (reply) =>
      listAt(reply, 'content')
        .map((block) => textAt(block, 'text'))
        .join(''),
  },
]

describe('a client that drops every thought', { timeout: 120_000 }, () => {
  let upstream: ThinkingUpstream
  let server: TestServer
  before(async () => {
    upstream = await openThinkingUpstream(TURNS)
    server = await startServer({
      config: `
engines: { host: { type: openai-compatible, url: '${upstream.url}/v1' } }
models: { kimi-k2.5: { engines: [host] } }
`,
    })
  })
  after(async () => {
    await server.close()
    await upstream[Symbol.asyncDispose]()
  })

  /** The text of the last answer. */
  async function walk(loop: Loop, words: string): Promise<string> {
    const conversation = [loop.asking(words)]
    for (let turn = 0; turn <= TURNS; turn += 1) {
      const reply = await call(`${server.url}${loop.path}`, {
        body: loop.body(conversation),
        ...(loop.headers === undefined ? {} : { headers: loop.headers }),
      })
      assert.equal(reply.status, 200, `turn ${turn}: ${reply.text}`)
      assert.ok(turn === 0 || isSaid(reply.headers), `turn ${turn}: what was put back is not said`)
      const next = loop.goOn(reply.json)
      if (next.length === 0) {
        assert.equal(turn, TURNS, reply.text)
        return loop.textIn(reply.json)
      }
      conversation.push(...next)
    }
    return assert.fail(`no end after ${TURNS} turns of tools`)
  }

  const isSaid = (headers: Headers): boolean => /restore-reasoning/.test(headers.get('x-moonbase-lenient') ?? '')

  for (const loop of LOOPS) {
    it(`goes five turns of tools at ${loop.name}, and each conversation has its own thoughts`, async () => {
      const before = upstream.returned.right
      const ends = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => walk(loop, `${loop.name}, conversation ${index}: read it`)),
      )
      assert.deepEqual(
        ends,
        Array.from({ length: AT_ONCE }, () => 'Done.'),
      )
      assert.deepEqual(upstream.returned.wrong, [])
      // One thought with the second request, two with the third …
      assert.equal(upstream.returned.right - before, AT_ONCE * ((TURNS * (TURNS + 1)) / 2))
    })
  }

  it('is refused by the platform’s words where nobody has asked', async () => {
    const [strict = assert.fail()] = LOOPS
    const conversation = [strict.asking('strictly')]
    const url = `${server.url}${strict.path}`
    const first = await call(url, { body: strict.body(conversation) })
    const { status, json } = await call(url, { body: strict.body([...conversation, ...strict.goOn(first.json)]) })
    assert.equal(status, 400)
    assert.ok(isFields(json))
    assert.match(textAt(json, 'error', 'message'), /^thinking is enabled but reasoning_content is missing/)
  })
})
