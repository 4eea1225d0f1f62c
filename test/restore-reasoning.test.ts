/**
 * `restore-reasoning`: clients that drop what a thinking model thought go on all the same, each with its own thoughts. The model
 * is a host of ours that looks at every thought that comes back.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import { type CalledReply, call, eventsOf } from './support/call.ts'
import { Operator } from './support/operator.ts'
import { WITHOUT_POSTGRES, type PostgresServer, startPostgres } from './support/postgres.ts'
import { type TestServer, startServer } from './support/start-server.ts'
import { CALLED, type ThinkingUpstream, openThinkingUpstream } from './support/thinking-upstream.ts'

const CALLS = 2
const HEADER = { 'x-moonbase-lenient': 'restore-reasoning' }
const REFUSED = 'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1'

const tools = [
  {
    type: 'function',
    function: { name: 'Read', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
  },
]

interface Call {
  id: string
  type: string
  function: { name: string; arguments: string }
}

interface Message {
  role: string
  content?: unknown
  tool_calls?: Call[]
  tool_call_id?: string
  reasoning_content?: string
}

const configOf = (upstream: ThinkingUpstream, more = ''): string =>
  `engines: { host: { type: openai-compatible, url: '${upstream.url}/v1' } }\nmodels: { kimi-k2.5: { engines: [host] } }\n${more}`

interface AskOptions {
  readonly headers?: Record<string, string>
  readonly stream?: boolean
  readonly key?: string
}

function ask(server: TestServer, messages: readonly Message[], { headers = HEADER, stream, key }: AskOptions = {}) {
  const body = { model: 'kimi-k2.5', messages, tools, ...(stream === undefined ? {} : { stream }) }
  return call(`${server.url}/v1/chat/completions`, { body, headers, ...(key === undefined ? {} : { key }) })
}

const wordsOf = ({ json }: CalledReply): string =>
  (json as { error?: { message: string } } | undefined)?.error?.message ?? 'answered'

/** The answer as most clients send it back: without its thought. */
function withoutThought({ json }: CalledReply): Message {
  const [choice] = (json as { choices: { message: Message }[] }).choices
  const { reasoning_content: thought, ...message } = choice?.message ?? assert.fail('no answer')
  assert.ok(thought)
  return message
}

const resultsOf = ({ tool_calls: calls = [] }: Message): Message[] =>
  calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'status: TODO' }))

/** A first answer, and the conversation as it goes on from it. */
async function begun(
  server: TestServer,
  words: string,
  change = (message: Message): Message => message,
  options: AskOptions = {},
) {
  const user = { role: 'user', content: words }
  const first = await ask(server, [user], options)
  assert.equal(wordsOf(first), 'answered')
  const message = change(withoutThought(first))
  return [user, message, ...resultsOf(message)]
}

describe('restore-reasoning', () => {
  let upstream: ThinkingUpstream
  let server: TestServer
  before(async () => {
    upstream = await openThinkingUpstream(CALLS)
    server = await startServer({ config: configOf(upstream) })
  })
  after(async () => {
    await server.close()
    await upstream[Symbol.asyncDispose]()
  })

  const right = (): number => upstream.returned.right
  const outcome = async (name: string): Promise<number> => {
    const { text } = await call(`${server.url}/metrics`, { key: 'sk-test-admin-key' })
    return Number(new RegExp(`^moonbase_kept_reasoning_total\\{outcome="${name}"\\} (\\d+)$`, 'm').exec(text)?.[1])
  }

  it('is off unless it is asked for: the platform’s words, and a hint', async () => {
    const [keptBefore, user] = [await outcome('kept'), { role: 'user', content: 'strictly' }]
    const first = await ask(server, [user], { headers: {} })
    const message = withoutThought(first)
    const refused = await ask(server, [user, message, ...resultsOf(message)], { headers: {} })
    assert.deepEqual([refused.status, wordsOf(refused)], [400, REFUSED])
    assert.match(refused.headers.get('x-moonbase-hint') ?? '', /^restore-reasoning; /)
    assert.equal(await outcome('kept'), keptBefore, 'nothing is kept for who has not asked')
    // What was not kept cannot be put back, and is refused in the same words.
    const late = await ask(server, [user, message, ...resultsOf(message)])
    assert.deepEqual([wordsOf(late), late.headers.get('x-moonbase-hint')], [REFUSED, null])
  })

  it('puts every thought of the turn back, says so in the reply, and counts', async () => {
    const restoredBefore = await outcome('restored')
    const messages = await begun(server, 'three steps')
    const second = await ask(server, messages)
    assert.equal(
      second.headers.get('x-moonbase-lenient'),
      'restore-reasoning;fields="messages.1.reasoning_content"',
      wordsOf(second),
    )
    const next = withoutThought(second)
    const earlier = right()
    const third = await ask(server, [...messages, next, ...resultsOf(next)])
    assert.match(third.text, /Done\./)
    assert.match(
      third.headers.get('x-moonbase-lenient') ?? '',
      /messages\.1\.reasoning_content messages\.3\.reasoning_content/,
    )
    assert.equal(right(), earlier + 2)
    assert.equal(await outcome('restored'), restoredBefore + 3)
    // In the next turn nothing of this one is needed.
    const done: Message = { role: 'assistant', content: 'Done.' }
    const again = await ask(server, [
      ...messages,
      next,
      ...resultsOf(next),
      done,
      { role: 'user', content: 'next turn' },
    ])
    assert.equal(again.headers.get('x-moonbase-lenient'), null, wordsOf(again))
  })

  it('streams as well, and what is sent is never replaced', async () => {
    const user = { role: 'user', content: 'streamed' }
    const first = await ask(server, [user], { stream: true })
    assert.equal(eventsOf(first.text).at(-1), '[DONE]')
    const message: Message = {
      role: 'assistant',
      tool_calls: [{ id: 'Read:0', type: 'function', function: { name: 'Read', arguments: CALLED } }],
    }
    const earlier = right()
    const second = await ask(server, [user, message, ...resultsOf(message)], { stream: true })
    assert.match(second.headers.get('x-moonbase-lenient') ?? '', /restore-reasoning/)
    assert.equal(right(), earlier + 1)
    const own = { ...message, reasoning_content: 'a thought of the client' }
    const third = await ask(server, [user, own, ...resultsOf(message)])
    assert.equal(third.headers.get('x-moonbase-lenient'), null)
    assert.match(upstream.returned.wrong.pop() ?? '', /a thought of the client/)
  })

  const changes: readonly [string, (called: Call) => Call][] = [
    ['ids, as Kimi Code sends them', (one) => ({ ...one, id: one.id.replace(':', '_') })],
    [
      'the spaces and the order of arguments',
      (one) => withArguments(one, '{ "lines": [3, 4],\n "path": "notes.txt" }'),
    ],
    ['arguments that are filled in', (one) => withArguments(one, '{"path":"notes.txt","lines":[3,4],"all":false}')],
    ['ids and arguments', (one) => withArguments({ ...one, id: 'call_1' }, '{"path":"notes.txt"}')],
  ]
  for (const [what, change] of changes) {
    it(`finds a thought where a client has changed ${what}`, async () => {
      const messages = await begun(server, `changed: ${what}`, ({ tool_calls: calls = [], ...message }) => ({
        ...message,
        content: null,
        tool_calls: calls.map(change),
      }))
      const earlier = right()
      assert.equal(wordsOf(await ask(server, messages)), 'answered')
      assert.equal(right(), earlier + 1)
    })
  }

  it('finds none for another call, nor behind another conversation', async () => {
    const other = await begun(server, 'another call', ({ tool_calls: calls = [], ...message }) => ({
      ...message,
      tool_calls: calls.map((one) => ({ ...one, function: { ...one.function, name: 'Write' } })),
    }))
    assert.equal(wordsOf(await ask(server, other)), REFUSED)
    const [, ...behind] = await begun(server, 'another conversation')
    assert.equal(wordsOf(await ask(server, [{ role: 'user', content: 'elsewhere' }, ...behind])), REFUSED)
  })

  it('puts none in where two that differ were kept, and the refusal says so', async () => {
    const messages = await begun(server, 'the same again')
    assert.deepEqual(await begun(server, 'the same again'), messages)
    const refused = await ask(server, messages)
    assert.equal(refused.status, 400)
    assert.equal(
      wordsOf(refused),
      `${REFUSED}, and none was put back: what was kept of the answers to this conversation differs`,
    )
    assert.equal(refused.headers.get('x-moonbase-hint'), null)
    // Conversations that a client names apart are apart.
    const named = (session: string) => ({ headers: { ...HEADER, 'x-session-affinity': session } })
    const a = await begun(server, 'named, again', undefined, named('a'))
    const b = await begun(server, 'named, again', undefined, named('b'))
    assert.equal(wordsOf(await ask(server, a, named('a'))), 'answered')
    assert.equal(wordsOf(await ask(server, b, named('b'))), 'answered')
  })

  it('is nobody else’s', async () => {
    const operator = new Operator(server)
    const [one, other] = [await operator.customer({ voucher: '10' }), await operator.customer({ voucher: '10' })]
    const messages = await begun(server, 'of one organisation', undefined, { key: one.key })
    assert.equal(wordsOf(await ask(server, messages, { key: other.key })), REFUSED)
    assert.equal(wordsOf(await ask(server, messages, { key: one.key })), 'answered')
  })

  it('is a matter of thinking: without it nothing is missing, and nothing put back', async () => {
    const messages = await begun(server, 'instant')
    const body = { model: 'kimi-k2.5', messages, tools, thinking: { type: 'disabled' } }
    const reply = await call(`${server.url}/v1/chat/completions`, { body, headers: HEADER })
    assert.deepEqual([reply.status, reply.headers.get('x-moonbase-lenient')], [200, null])
    upstream.returned.wrong.pop()
  })

  it('an estimate counts what would be put back', async () => {
    const messages = await begun(server, 'estimated')
    const path = `${server.url}/v1/tokenizers/estimate-token-count`
    const tokens = async (headers: Record<string, string>): Promise<number> => {
      const { json } = await call(path, { body: { model: 'kimi-k2.5', messages, tools }, headers })
      return (json as { data: { total_tokens: number } }).data.total_tokens
    }
    assert.ok((await tokens(HEADER)) > (await tokens({})))
  })

  it('makes the tool runner of the official client work', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, defaultHeaders: HEADER })
    const run = (stream: boolean): Promise<string | null> => {
      const asked = {
        model: 'kimi-k2.5',
        messages: [{ role: 'user' as const, content: `run the tools, ${stream ? 'streamed' : 'whole'}` }],
        tools: [
          {
            type: 'function' as const,
            function: {
              name: 'Read',
              description: 'Reads a file',
              parameters: { type: 'object', properties: { path: { type: 'string' } } },
              parse: JSON.parse,
              function: () => 'status: TODO',
            },
          },
        ],
      }
      const runner = stream
        ? client.chat.completions.runTools({ ...asked, stream: true })
        : client.chat.completions.runTools(asked)
      return runner.finalContent()
    }
    const earlier = right()
    assert.equal(await run(false), 'Done.')
    assert.equal(await run(true), 'Done.')
    assert.equal(right(), earlier + 6)
    assert.deepEqual(upstream.returned.wrong, [])
  })

  it('is kept for a key that has it, and can be switched off', async () => {
    await using keyed = await startServer({ config: configOf(upstream, 'lenient: [restore-reasoning]\n') })
    const strict: AskOptions = { headers: {} }
    const messages = await begun(keyed, 'by its key', undefined, strict)
    assert.equal(wordsOf(await ask(keyed, messages, strict)), 'answered')
    const unwanted = { headers: { 'x-moonbase-lenient': '-restore-reasoning' } }
    assert.equal(wordsOf(await ask(keyed, messages, unwanted)), REFUSED)
    await using off = await startServer({ config: configOf(upstream, 'limits: { reasoning: { keep_ms: 0 } }\n') })
    assert.equal(wordsOf(await ask(off, await begun(off, 'switched off'))), REFUSED)
  })

  it('lasts as long as the process where there is no store', async () => {
    await using none = await startServer({ config: configOf(upstream, 'store: none\n') })
    assert.equal(wordsOf(await ask(none, await begun(none, 'without a store'))), 'answered')
  })
})

function withArguments(one: Call, given: string): Call {
  return { ...one, function: { ...one.function, arguments: given } }
}

describe('200 conversations over two gateways', { skip: WITHOUT_POSTGRES }, () => {
  let postgres: PostgresServer
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres[Symbol.asyncDispose]())

  it('that all call Read:0 with the same arguments never get each other’s thoughts', async () => {
    await using upstream = await openThinkingUpstream(CALLS)
    const config = configOf(upstream, `store: '${await postgres.database()}'\n`)
    await using one = await startServer({ config })
    await using other = await startServer({ config })
    const gateways = [one, other] as const
    const conversations: Message[][] = Array.from({ length: 200 }, (_, index) => [
      { role: 'system', content: 'You read files.' },
      { role: 'user', content: `Conversation ${index}: read the notes.` },
    ])
    for (let step = 0; step <= CALLS; step += 1) {
      // Each goes on at the other gateway, among many that do the same.
      for (let first = 0; first < conversations.length; first += 20) {
        await Promise.all(
          conversations.slice(first, first + 20).map(async (messages, index) => {
            const reply = await ask(gateways[(index + step) % 2 === 0 ? 0 : 1], messages)
            assert.equal(wordsOf(reply), 'answered')
            if (step === CALLS) return
            const message = withoutThought(reply)
            messages.push(message, ...resultsOf(message))
          }),
        )
      }
    }
    assert.deepEqual(upstream.returned.wrong, [])
    assert.equal(upstream.returned.right, 200 * (1 + 2))
  })
})
