import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerTo, askedFor, assistant, getWeather, tool, user } from '../../../../../test/support/ask-offline.ts'
import { type GenerationRequest, type Message, type Tool, EngineError } from '../../generation/index.ts'

const closed = (properties: Record<string, unknown>, required = Object.keys(properties)): Record<string, unknown> => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

const getTime = tool('get_time', 'Get the local time of a city', closed({ city: { type: 'string' } }))
const sendEmail = tool(
  'send_email',
  'Send an email to someone',
  closed(
    {
      to: { type: 'string', description: 'Address of the recipient' },
      subject: { type: 'string' },
      body: { type: 'string' },
    },
    ['to', 'body'],
  ),
)
const calculator = tool('calculator', 'Evaluate a math expression', closed({ expression: { type: 'string' } }))
const add = tool('add', 'Add two numbers', closed({ a: { type: 'number' }, b: { type: 'number' } }))
const readFile = tool('read_file', 'Read a file from disk', closed({ path: { type: 'string' } }))
const getUser = tool('getUser', 'Look up a user record', closed({ user_id: { type: 'integer' } }))
const webSearch: Tool = { type: 'builtin', name: '$web_search' }
const TOOLS = [getWeather, getTime, sendEmail, calculator, add, readFile, getUser, webSearch]

async function callsFor(message: string, overrides: Partial<GenerationRequest> = {}): Promise<string[]> {
  const { calls, text } = await answerTo(askedFor(message, { tools: TOOLS, ...overrides }))
  if (calls.length > 0) assert.equal(text, '')
  return calls.map((call) => `${call.name ?? ''} ${call.arguments}`)
}

describe('choosing tools', () => {
  const cases: readonly (readonly [message: string, ...calls: string[]])[] = [
    ["What's the weather in Paris?", 'get_weather {"city":"Paris"}'],
    ['weather in paris in fahrenheit please', 'get_weather {"city":"paris","unit":"fahrenheit"}'],
    ['How hot is it in Rome?', 'get_weather {"city":"Rome"}'],
    ['北京天气怎么样？', 'get_weather {"city":"北京"}'],
    ['Weather in Paris and London', 'get_weather {"city":"Paris"}', 'get_weather {"city":"London"}'],
    ["What's the weather in Paris and the time in Tokyo?", 'get_weather {"city":"Paris"}', 'get_time {"city":"Tokyo"}'],
    ['Use get_weather and get_time for Berlin.', 'get_weather {"city":"Berlin"}', 'get_time {"city":"Berlin"}'],
    ["Email bob@example.com saying 'hello there'", 'send_email {"to":"bob@example.com","body":"hello there"}'],
    ['What is 12 * 7?', 'calculator {"expression":"12 * 7"}'],
    ['add 3 and 5', 'add {"a":3,"b":5}'],
    ['Read the file src/main.ts', 'read_file {"path":"src/main.ts"}'],
    ['getUser 17', 'getUser {"user_id":17}'],
    ['Look up the users 17, 18 and 19', 'getUser {"user_id":17}', 'getUser {"user_id":18}', 'getUser {"user_id":19}'],
    ['Search the web for the cats of Rome.', '$web_search {"query":"the cats of Rome"}'],
    ['Search for the latest news about AI', '$web_search {"query":"the latest news about AI"}'],
    ['Look up the population of Oslo.', '$web_search {"query":"the population of Oslo"}'],
    ['Who won the world cup?', '$web_search {"query":"Who won the world cup?"}'],
    ['请搜索月球的大小', '$web_search {"query":"请搜索月球的大小"}'],
    ["What's the weather in Paris today?", 'get_weather {"city":"Paris"}'],
    ['Summarise this text: the market is open today.'],
    ['Hello'],
    ['Who are you?'],
    ['Write a poem about the sea'],
    ['Do not use any tools. What is the weather in Rome?'],
  ]
  for (const [message, ...calls] of cases) {
    test(`“${message}” ${calls.length === 0 ? 'calls nothing' : `calls ${calls.join(' and ')}`}`, async () => {
      assert.deepEqual(await callsFor(message), calls)
    })
  }

  test('no more than sixteen calls are made', async () => {
    const cities = Array.from(
      { length: 30 },
      (_, index) => `City${String.fromCharCode(65 + (index % 26))}${index < 26 ? '' : 'x'}`,
    )
    assert.equal((await callsFor(`weather in ${cities.join(', ')} and Rome`)).length, 16)
  })

  test('none means none, and required means one at least', async () => {
    assert.deepEqual(await callsFor('weather in Paris', { toolChoice: 'none' }), [])
    assert.equal((await callsFor('Tell me something', { toolChoice: 'required' })).length, 1)
    assert.deepEqual(await callsFor('weather in Oslo', { toolChoice: { name: 'get_time' } }), [
      'get_time {"city":"Oslo"}',
    ])
  })

  test('the answer ends with tool_calls, after the thinking', async () => {
    const answer = await answerTo(askedFor('weather in Paris', { tools: TOOLS, thinking: true }))
    assert.equal(answer.finish, 'tool_calls')
    assert.match(answer.reasoning, /get_weather with {"city":"Paris"}/)
  })

  test('a tool whose schema has no instance is refused in clear words', async () => {
    const endless = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }
    await assert.rejects(callsFor('call endless_tool', { tools: [tool('endless_tool', '', endless)] }), (error) => {
      assert.ok(error instanceof EngineError)
      assert.equal(error.kind, 'refused')
      assert.equal(
        error.toApiError('kimi-k2.5').publicMessage,
        'Invalid request: the parameters of tool endless_tool cannot be filled: no finite value fits it',
      )
      return true
    })
  })
})

describe('a loop of tools', () => {
  test('ends with an answer that holds what the tools said', async () => {
    const messages = [
      user('Weather in Paris?'),
      called('get_weather', '{"city":"Paris"}', 'x1'),
      answered('x1', '{"temperature":21,"unit":"celsius"}'),
    ]
    const answer = await answerTo(askedFor('', { messages, tools: TOOLS }))
    assert.deepEqual(answer.calls, [])
    assert.equal(answer.text, 'get_weather (city Paris) answered: temperature 21, unit celsius.')
    assert.equal(answer.finish, 'stop')
  })

  test('gives each call its result, also when ids repeat', async () => {
    const messages = [
      user('Weather in Paris and Rome'),
      assistant('', {
        toolCalls: [
          { id: 'get_weather:0', name: 'get_weather', arguments: '{"city":"Paris"}', builtin: false },
          { id: 'get_weather:1', name: 'get_weather', arguments: '{"city":"Rome"}', builtin: false },
        ],
      }),
      answered('get_weather:1', 'sunny'),
      answered('get_weather:0', '{"error":"no station"}'),
    ]
    const { text } = await answerTo(askedFor('', { messages, tools: TOOLS }))
    assert.equal(
      text,
      'I have 2 results:\n- get_weather (city Paris) failed: no station.\n- get_weather (city Rome) answered: sunny.',
    )
  })

  test('takes its steps one after the other', async () => {
    const wish = user('Check the weather in Oslo, then send an email to bob@example.com with the result')
    assert.deepEqual(
      (await answerTo(askedFor('', { messages: [wish], tools: TOOLS }))).calls.map(({ name }) => name),
      ['get_weather'],
    )
    const after = [wish, called('get_weather', '{"city":"Oslo"}', 'a'), answered('a', 'rain all day')]
    const second = await answerTo(askedFor('', { messages: after, tools: TOOLS }))
    assert.deepEqual(
      second.calls.map((call) => [call.name, JSON.parse(call.arguments)]),
      [['send_email', { to: 'bob@example.com', body: 'rain all day' }]],
    )
    const done = [...after, called('send_email', '{}', 'b'), answered('b', 'sent')]
    assert.equal((await answerTo(askedFor('', { messages: done, tools: TOOLS }))).finish, 'stop')
  })

  test('what a tool said before the last question is not answered again', async () => {
    const messages = [
      user('Weather in Paris?'),
      called('get_weather', '{}', 'a'),
      answered('a', 'rain'),
      assistant('Rain.'),
      user('say thanks'),
    ]
    assert.equal((await answerTo(askedFor('', { messages, tools: TOOLS }))).text, 'thanks')
  })
})

function called(name: string, given: string, id: string): Message {
  return assistant('', { toolCalls: [{ id, name, arguments: given, builtin: false }] })
}

function answered(id: string, content: string): Message {
  return { role: 'tool', toolCallId: id, content }
}
