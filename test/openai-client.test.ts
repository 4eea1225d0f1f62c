/** The official OpenAI client, pointed here by its base URL and nothing else: what people's code does. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, { APIError, AuthenticationError, BadRequestError } from 'openai'
import { type TestServer, startServer } from './support/start-server.ts'

/** The field that OpenAI's types do not have. */
function reasoningOf(carrier: object | undefined): string {
  if (carrier === undefined || !('reasoning_content' in carrier)) return ''
  return typeof carrier.reasoning_content === 'string' ? carrier.reasoning_content : ''
}

const weather: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the current weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'Name of the city' } },
      required: ['city'],
    },
  },
}

const thinkingOff: object = { thinking: { type: 'disabled' } }

describe('the OpenAI client', () => {
  let server: TestServer
  let client: OpenAI
  const model = 'kimi-k2.5'

  before(async () => {
    server = await startServer({
      scenarios: `
version: 1
scenarios:
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: busy, match: { last_user: please-overload }, times: 1, reply: { fault: { status: 429, retry_after: 0 } } }
`,
    })
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key })
  })
  after(() => server.close())

  it('lists the models that are served, and shows one', async () => {
    const ids: string[] = []
    for await (const listed of client.models.list()) ids.push(listed.id)
    assert.equal(ids[0], model)
    assert.equal((await client.models.retrieve(model)).owned_by, 'moonshot')
  })

  it('streams an answer with reasoning before content', async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Say hello to the moon' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    let reasoning = ''
    let content = ''
    let usage: OpenAI.CompletionUsage | undefined
    let finish: string | null | undefined
    for await (const chunk of stream) {
      const [choice] = chunk.choices
      const delta = choice?.delta
      const thought = reasoningOf(delta)
      if (thought !== '') assert.equal(content, '', 'reasoning comes first')
      reasoning += thought
      content += delta?.content ?? ''
      finish = choice?.finish_reason ?? finish
      usage = chunk.usage ?? usage
    }
    assert.ok(reasoning.length > 0)
    assert.ok(content.length > 0)
    assert.equal(finish, 'stop')
    assert.equal(usage?.total_tokens, (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
    assert.ok((usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0)
  })

  it('gives the same answer whole as streamed', async () => {
    const body = { model, messages: [{ role: 'user' as const, content: 'What is 6 * 7?' }] }
    const whole = await client.chat.completions.create(body)
    const stream = await client.chat.completions.create({ ...body, stream: true })
    let content = ''
    for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? ''
    assert.equal(content, whole.choices[0]?.message.content)
    assert.match(content, /42/)
  })

  it('calls a tool and answers from its result', async () => {
    const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'What is the weather in Reykjavik?' },
    ]
    const asked = await client.chat.completions.create({ model, messages, tools: [weather] })
    const [choice] = asked.choices
    assert.equal(choice?.finish_reason, 'tool_calls')
    const [call] = choice.message.tool_calls ?? []
    assert.ok(call?.type === 'function')
    assert.equal(call.id, 'get_weather:0')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Reykjavik' })
    assert.notEqual(reasoningOf(choice.message), '')
    messages.push(choice.message, { role: 'tool', tool_call_id: call.id, content: '{"celsius":-3,"sky":"clear"}' })
    const answered = await client.chat.completions.create({ model, messages, tools: [weather] })
    assert.equal(answered.choices[0]?.finish_reason, 'stop')
    assert.match(answered.choices[0]?.message.content ?? '', /-3/)
  })

  // The client's loop rebuilds the assistant's message and loses its reasoning, so it works as it did on the hosted
  // platform: with thinking off.
  it('runs its own tool loop', async () => {
    const runner = client.chat.completions.runTools({
      model,
      ...thinkingOff,
      messages: [{ role: 'user', content: 'What is the weather in Paris and in Rome?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Get the current weather of a city',
            parse: (text: string): { city: string } => JSON.parse(text),
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
            function: ({ city }: { city: string }) => `${city}: 21 degrees`,
          },
        },
      ],
    })
    const content = (await runner.finalContent()) ?? ''
    assert.match(content, /Paris: 21 degrees/)
    assert.match(content, /Rome: 21 degrees/)
  })

  it('fills a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer', minimum: 0 },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['name', 'age'],
      additionalProperties: false,
    }
    const reply = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Extract: Ada Lovelace, age 36' }],
      response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema } },
    })
    const person = JSON.parse(reply.choices[0]?.message.content ?? '')
    assert.equal(person.age, 36)
    assert.equal(person.name, 'Ada Lovelace')
  })

  it('continues a partial message without repeating it', async () => {
    const prefix = '{"city": "Os'
    const reply = await client.chat.completions.create({
      model,
      messages: [
        { role: 'user', content: 'Give me the capital of Norway as JSON with the key city' },
        { role: 'assistant', content: prefix, partial: true } as OpenAI.Chat.ChatCompletionMessageParam,
      ],
    })
    const joined = prefix + (reply.choices[0]?.message.content ?? '')
    assert.equal(typeof JSON.parse(joined).city, 'string', joined)
  })

  it('ends at the budget and at a stop string', async () => {
    const messages = [{ role: 'user' as const, content: 'Count from 1 to 20' }]
    const short = await client.chat.completions.create({ model, messages, max_completion_tokens: 3 })
    assert.equal(short.choices[0]?.finish_reason, 'length')
    assert.ok((short.usage?.completion_tokens ?? 99) <= 3)
    const stopped = await client.chat.completions.create({ model, messages, stop: ['7'] })
    assert.equal(stopped.choices[0]?.finish_reason, 'stop')
    assert.ok(!stopped.choices[0]?.message.content?.includes('7'))
    assert.ok(stopped.choices[0]?.message.content?.includes('6'))
  })

  it('raises refusals as its own error classes', async () => {
    const wrong = client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'x' }],
      temperature: 0.2,
    })
    await assert.rejects(wrong, (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.equal(error.type, 'invalid_request_error')
      assert.match(error.message, /only 1 is allowed/)
      assert.ok(error.requestID)
      return true
    })
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-stranger-danger' })
    await assert.rejects(stranger.models.list(), AuthenticationError)
  })

  it('raises a cut stream as an error, after what had come', async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'please-cut' }],
      stream: true,
    })
    let content = ''
    await assert.rejects(
      async () => {
        for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? ''
      },
      (error) => error instanceof APIError && /cut off/.test(error.message),
    )
    assert.equal(content, 'one two ')
  })

  it('waits as Retry-After says and tries again', async () => {
    const reply = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'please-overload' }],
    })
    assert.equal(reply.choices[0]?.finish_reason, 'stop')
  })
})
