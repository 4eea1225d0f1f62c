/** OpenAI's Responses, with the official client pointed here by its base URL and nothing else. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, { BadRequestError, NotFoundError } from 'openai'
import type { Response, ResponseInput, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const MODEL = 'kimi-k2.5'

/** Five calls with a thought each, and then a text, for a conversation that holds this word. */
const steps = (word: string): string =>
  [1, 2, 3, 4, 5]
    .map(
      (step) => `
  - { name: '${word} ${step}', match: { any_message: ${word}, has_tool: take_step }, times: 1, reply: { reasoning: 'Thought ${step} of ${word}.', tool_calls: [{ name: take_step, arguments: { step: ${step} } }] } }`,
    )
    .join('').concat(`
  - { name: '${word} end', match: { any_message: ${word}, has_tool: take_step }, reply: { reasoning: 'Enough.', text: 'All five done.' } }`)

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: 'Three words, then.', text: one two three, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
  - { name: slow, match: { last_user: take-your-time }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 20 } } }
  - { name: endless, match: { last_user: never-ends }, reply: { text: one two three, chunk_size: 4, fault: { silence_after_chunks: 2, for_ms: 600000 } } }${steps('by-response')}${steps('by-items')}${steps('by-reference')}${steps('by-dropping')}
`

const TOOL: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'take_step',
  description: 'Takes a step',
  strict: true,
  parameters: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { step: { type: 'integer' } },
    required: ['step'],
    additionalProperties: false,
  },
}

const callsOf = ({ output }: Response) => output.filter((item) => item.type === 'function_call')
const resultsOf = (response: Response): OpenAI.Responses.ResponseInputItem.FunctionCallOutput[] =>
  callsOf(response).map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'taken' }))

describe('the OpenAI client on /v1/responses', { timeout: 120_000 }, () => {
  let server: TestServer
  let client: OpenAI
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
  })
  after(() => server.close())

  const other = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: customer.key, maxRetries: 0 })
  const events = async (stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> => {
    const all: ResponseStreamEvent[] = []
    for await (const event of stream) all.push(event)
    return all
  }
  const over = (id: string): Promise<Response> =>
    eventually(
      () => client.responses.retrieve(id),
      ({ status }) => status !== 'queued' && status !== 'in_progress',
    )

  it('gets an answer whole, and the same again by its id', async () => {
    const response = await client.responses.create({ model: MODEL, input: 'say-it', metadata: { team: 'moon' } })
    assert.match(response.id, /^resp_[0-9a-f]{40}$/)
    assert.equal(response.status, 'completed')
    assert.equal(response.output_text, 'one two three')
    assert.deepEqual(
      response.output.map(({ type }) => type),
      ['reasoning', 'message'],
    )
    assert.ok((response.usage?.output_tokens_details.reasoning_tokens ?? 0) > 0)
    assert.deepEqual(response.metadata, { team: 'moon' })
    assert.deepEqual(await client.responses.retrieve(response.id), response)
    const { data } = await client.responses.inputItems.list(response.id)
    assert.deepEqual(
      data.map((item) => [item.type, 'content' in item ? item.content : undefined]),
      [['message', [{ type: 'input_text', text: 'say-it' }]]],
    )
    await client.responses.delete(response.id)
    await assert.rejects(client.responses.retrieve(response.id), NotFoundError)
    await assert.rejects(client.responses.delete(response.id), NotFoundError)
  })

  it('streams typed events, numbered one by one, whose fold is the response that is kept', async () => {
    for (const reasoning of [undefined, { summary: 'auto' as const }]) {
      const stream = client.responses.stream({ model: MODEL, input: 'say-it', ...(reasoning && { reasoning }) })
      const seen = await events(stream)
      assert.deepEqual(
        seen.map((event) => event.sequence_number),
        seen.map((_, index) => index),
      )
      assert.equal(seen[0]?.type, 'response.created')
      const last = seen.at(-1)
      assert.ok(last?.type === 'response.completed')
      const final = await stream.finalResponse()
      assert.equal(final.output_text, 'one two three')
      const kept = await client.responses.retrieve(final.id)
      assert.deepEqual(
        JSON.parse(JSON.stringify(last.response)),
        JSON.parse(JSON.stringify({ ...kept, output_text: undefined })),
      )
      const thought = kept.output[0]
      assert.ok(thought?.type === 'reasoning')
      const told = reasoning === undefined ? thought.content : thought.summary
      assert.equal(told?.[0]?.text, 'Three words, then.')
    }
  })

  it('tells in mid-stream that an answer was cut, and nothing that means complete', async () => {
    const stream = await client.responses.create({ model: MODEL, input: 'please-cut', stream: true })
    const seen = await events(stream)
    const last = seen.at(-1)
    assert.ok(last?.type === 'response.failed')
    assert.equal(last.response.error?.code, 'server_error')
    assert.ok(!seen.some(({ type }) => type === 'response.completed'))
    assert.equal((await client.responses.retrieve(last.response.id)).status, 'failed')
  })

  it('goes on by previous_response_id through five turns of tools, thinking on', async () => {
    let response = await client.responses.create({
      model: MODEL,
      instructions: 'Only for the first.',
      input: 'Please take five steps: by-response',
      tools: [TOOL],
    })
    for (let turn = 0; turn < 5; turn += 1) {
      assert.equal(callsOf(response).length, 1, `turn ${turn}`)
      response = await client.responses.create({
        model: MODEL,
        previous_response_id: response.id,
        input: resultsOf(response),
        tools: [TOOL],
      })
    }
    assert.equal(response.output_text, 'All five done.')
    assert.equal(response.instructions, null)
  })

  it('goes on by its own items through five turns, sealed, and nothing of it is kept', async () => {
    const input: ResponseInput = [{ role: 'user', content: 'Please take five steps: by-items' }]
    const ask = (): Promise<Response> =>
      client.responses.create({
        model: MODEL,
        store: false,
        include: ['reasoning.encrypted_content'],
        reasoning: { summary: 'auto' },
        input,
        tools: [TOOL],
      })
    let response = await ask()
    for (let turn = 0; turn < 5; turn += 1) {
      // Some clients keep nothing of a thought but what is sealed.
      const echoed = response.output.map((item) => (item.type === 'reasoning' ? { ...item, summary: [] } : item))
      input.push(...(echoed as ResponseInput), ...resultsOf(response))
      response = await ask()
    }
    assert.equal(response.output_text, 'All five done.')
    await assert.rejects(client.responses.retrieve(response.id), NotFoundError)
    const thought = input.find((item) => item.type === 'reasoning')
    assert.ok(thought?.type === 'reasoning' && !String(thought.encrypted_content).includes('Thought'))
    await assert.rejects(
      other().responses.create({ model: MODEL, input, tools: [TOOL] }),
      (error) => error instanceof BadRequestError && error.code === 'invalid_encrypted_content',
    )
  })

  it('finds a thought by its id, as a client does that sends calls itself', async () => {
    const input: ResponseInput = [{ role: 'user', content: 'Please take five steps: by-reference' }]
    for (let turn = 0; turn < 5; turn += 1) {
      const response = await client.responses.create({ model: MODEL, input, tools: [TOOL] })
      for (const item of response.output) {
        if (item.type === 'reasoning') input.push({ type: 'item_reference', id: item.id })
        if (item.type === 'function_call') {
          const { type, call_id, name, arguments: args } = item
          input.push({ type, call_id, name, arguments: args })
        }
      }
      input.push(...resultsOf(response))
    }
    const { output_text } = await client.responses.create({ model: MODEL, input, tools: [TOOL] })
    assert.equal(output_text, 'All five done.')
    await assert.rejects(other().responses.create({ model: MODEL, input, tools: [TOOL] }), NotFoundError)
  })

  it('puts a thought back that a client has dropped, and says so', async () => {
    const input: ResponseInput = [{ role: 'user', content: 'Please take five steps: by-dropping' }]
    const first = await client.responses.create({ model: MODEL, input, tools: [TOOL] })
    input.push(...(first.output.filter(({ type }) => type === 'function_call') as ResponseInput), ...resultsOf(first))
    const { data, response } = await client.responses.create({ model: MODEL, input, tools: [TOOL] }).withResponse()
    assert.equal(callsOf(data).length, 1)
    assert.match(response.headers.get('x-moonbase-lenient') ?? '', /restore-reasoning/)
  })

  it('lists what a request brought, page by page', async () => {
    const input: ResponseInput = ['one', 'two', 'say-it'].map((content) => ({ role: 'user', content }))
    const { id } = await client.responses.create({ model: MODEL, input })
    const texts: string[] = []
    for await (const item of client.responses.inputItems.list(id, { limit: 2, order: 'asc' })) {
      if (item.type === 'message' && item.content[0]?.type === 'input_text') texts.push(item.content[0].text)
    }
    assert.deepEqual(texts, ['one', 'two', 'say-it'])
  })

  it('shows nothing to another organisation', async () => {
    const { id } = await client.responses.create({ model: MODEL, input: 'say-it' })
    const stranger = other()
    await assert.rejects(stranger.responses.retrieve(id), NotFoundError)
    await assert.rejects(stranger.responses.delete(id), NotFoundError)
    await assert.rejects(stranger.responses.cancel(id), NotFoundError)
    await assert.rejects(
      stranger.responses.create({ model: MODEL, input: 'say-it', previous_response_id: id }),
      (error) => error instanceof BadRequestError && error.code === 'previous_response_not_found',
    )
    assert.equal((await client.responses.retrieve(id)).id, id)
  })

  it('lets an answer be made in the background, and is asked for it', async () => {
    const { id, status } = await client.responses.create({ model: MODEL, input: 'take-your-time', background: true })
    assert.equal(status, 'queued')
    const response = await over(id)
    assert.equal(response.status, 'completed')
    assert.equal(response.output_text, 'one two three four five six')
    const failed = await client.responses.create({ model: MODEL, input: 'please-fail', background: true })
    assert.equal((await over(failed.id)).status, 'failed')
  })

  it('reads the events of an answer in the background again, from any of them on', async () => {
    const stream = await client.responses.create({
      model: MODEL,
      input: 'take-your-time',
      background: true,
      stream: true,
    })
    let id = ''
    let position = 0
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id
      position = event.sequence_number
      // Its client leaves in the middle.
      if (event.type === 'response.output_text.delta') break
    }
    const rest = await events(await client.responses.retrieve(id, { stream: true, starting_after: position }))
    assert.equal(rest[0]?.sequence_number, position + 1)
    const last = rest.at(-1)
    assert.ok(last?.type === 'response.completed')
    assert.deepEqual(last.response.output, (await client.responses.retrieve(id)).output)
    const whole = await events(await client.responses.retrieve(id, { stream: true }))
    assert.equal(whole.length, position + 1 + rest.length)
  })

  it('cancels what runs in the background, twice, and nothing else', async () => {
    const { id } = await client.responses.create({ model: MODEL, input: 'never-ends', background: true })
    assert.equal((await client.responses.cancel(id)).status, 'cancelled')
    assert.equal((await client.responses.cancel(id)).status, 'cancelled')
    assert.equal((await client.responses.retrieve(id)).status, 'cancelled')
    const { id: whole } = await client.responses.create({ model: MODEL, input: 'say-it' })
    await assert.rejects(client.responses.cancel(whole), /Cannot cancel a synchronous response/)
    await operator.audit()
  })

  it('says that the window is full in the code that clients look for, also in a stream', async () => {
    const asked = { model: 'moonshot-v1-8k', input: 'word '.repeat(40_000) }
    await assert.rejects(
      client.responses.create(asked),
      (error) => error instanceof BadRequestError && error.code === 'context_length_exceeded',
    )
    const seen = await events(await client.responses.create({ ...asked, stream: true }))
    const last = seen.at(-1)
    assert.ok(last?.type === 'response.failed')
    assert.equal(last.response.error?.code, 'context_length_exceeded')
  })

  it('leaves out what is oldest where it may', async () => {
    const input: ResponseInput = [
      ...Array.from({ length: 20 }, () => ({ role: 'user' as const, content: 'word '.repeat(2_000) })),
      { role: 'user', content: 'say-it' },
    ]
    const { data, response } = await client.responses
      .create({ model: 'moonshot-v1-8k', input, truncation: 'auto', max_output_tokens: 100 })
      .withResponse()
    assert.equal(data.output_text, 'one two three')
    assert.match(response.headers.get('x-moonbase-truncated') ?? '', /^\d+ messages$/)
  })

  it('refuses what it has not with a sentence, and what is odd with the name of the field', async () => {
    const absent = await call(`${server.url}/v1/embeddings`, { body: { model: MODEL, input: 'x' } })
    assert.equal(absent.status, 404)
    assert.match(absent.text, /embeddings were never a part of this platform/)
    for (const name of ['compact', 'input_tokens']) {
      const { status, text } = await call(`${server.url}/v1/responses/${name}`, { body: { model: MODEL, input: 'x' } })
      assert.equal(status, 404, text)
      assert.match(text, /were never a part of this platform/)
    }
    const odd = await call(`${server.url}/v1/responses`, {
      body: { model: MODEL, input: [{ type: 'message', role: 'x', content: '' }] },
    })
    assert.equal((odd.json as { error: { param: string } }).error.param, 'input[0].role')
    await assert.rejects(
      client.responses.create({ model: MODEL, input: 'x', conversation: 'conv_1' }),
      /previous_response_id/,
    )
    await assert.rejects(
      client.responses.create({ model: MODEL, input: 'x', background: true, store: false }),
      BadRequestError,
    )
  })

  it('completes a prompt in the way of old', async () => {
    const whole = await client.completions.create({ model: MODEL, prompt: 'say-it', max_tokens: 100 })
    assert.deepEqual([whole.choices[0]?.text, whole.choices[0]?.finish_reason], ['one two three', 'stop'])
    let text = ''
    for await (const { choices } of await client.completions.create({ model: MODEL, prompt: 'say-it', stream: true })) {
      text += choices[0]?.text ?? ''
    }
    assert.equal(text, 'one two three')
    await assert.rejects(client.completions.create({ model: MODEL, prompt: 'x', echo: true }), BadRequestError)
  })
})
