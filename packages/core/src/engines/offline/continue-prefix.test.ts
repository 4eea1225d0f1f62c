import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstMismatch } from '@moonbase/protocol/mfjs'
import { answerTo, askedFor, assistant, getWeather, objectIn, user } from '../../../../../test/support/ask-offline.ts'
import type { JoinedChoice } from '../../../../../test/support/collect-events.ts'
import type { AssistantMessage, GenerationRequest } from '../../generation/index.ts'

async function goOn(
  question: string,
  prefix: string,
  more: Partial<AssistantMessage> = {},
  overrides: Partial<GenerationRequest> = {},
): Promise<JoinedChoice> {
  return answerTo(
    askedFor('', { messages: [user(question), assistant(prefix, { partial: true, ...more })], ...overrides }),
  )
}

describe('partial mode', () => {
  test('an answer of its own goes on to the same end from any place', async () => {
    const request = askedFor('Why is the sky blue?', { thinking: true })
    const whole = await answerTo(request)
    for (let length = 1; length < whole.text.length; length += 7) {
      const { text, reasoning } = await goOn(
        'Why is the sky blue?',
        whole.text.slice(0, length),
        { reasoning: whole.reasoning },
        { thinking: true },
      )
      assert.equal(whole.text.slice(0, length) + text, whole.text)
      assert.equal(reasoning, '')
    }
    for (let length = 1; length < whole.reasoning.length; length += 7) {
      const rest = await goOn(
        'Why is the sky blue?',
        '',
        { reasoning: whole.reasoning.slice(0, length) },
        { thinking: true },
      )
      assert.equal(whole.reasoning.slice(0, length) + rest.reasoning, whole.reasoning)
      assert.equal(rest.text, whole.text)
    }
  })

  test('an answer that its budget cut is completed by sending it back', async () => {
    const cut = await answerTo(askedFor('count to 50', { maxCompletionTokens: 20 }))
    assert.equal(cut.finish, 'length')
    const rest = await goOn('count to 50', cut.text)
    assert.equal(cut.text + rest.text, Array.from({ length: 50 }, (_, index) => index + 1).join(', '))
    assert.equal(rest.finish, 'stop')
  })

  test('a call that was cut in its arguments is completed', async () => {
    const begun = { id: 'x', name: 'get_weather', builtin: false }
    const whole = '{"city":"Paris"}'
    for (let length = 0; length <= whole.length; length += 1) {
      const toolCalls = [{ ...begun, arguments: whole.slice(0, length) }]
      const rest = await goOn('weather in Paris', '', { toolCalls }, { tools: [getWeather] })
      // The client has the name already: only the rest of the arguments comes.
      assert.ok(!rest.calls[0]?.name)
      assert.equal(whole.slice(0, length) + (rest.calls[0]?.arguments ?? ''), whole)
      assert.equal(rest.finish, 'tool_calls')
    }
    const foreign = [{ ...begun, arguments: '{"unit": "fahr' }]
    const rest = await goOn('weather in Paris', '', { toolCalls: foreign }, { tools: [getWeather] })
    assert.deepEqual(JSON.parse(`{"unit": "fahr${rest.calls[0]?.arguments ?? ''}`), {
      unit: 'fahrenheit',
      city: 'Paris',
    })
  })

  test('it thinks only when the message has not done so', async () => {
    assert.notEqual((await goOn('Why?', 'Because', {}, { thinking: true })).reasoning, '')
    assert.equal(
      (await goOn('Why?', 'Because', { reasoning: 'thoughts of another model' }, { thinking: true })).reasoning,
      '',
    )
    assert.equal((await goOn('Why?', 'Because')).reasoning, '')
  })

  test('JSON is completed, with the values of the message', async () => {
    const { text } = await goOn('Alice is 30. Reply in JSON with keys name and age.', '{"name": "Al')
    assert.deepEqual(JSON.parse(`{"name": "Al${text}`), { name: 'Alice', age: 30 })
  })

  test('JSON fits the schema that the answer has to have', async () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' }, n: { type: 'integer', minimum: 5 } },
      required: ['ok', 'n'],
    }
    const responseFormat = { type: 'json_schema', name: 'out', strict: true, schema } as const
    for (const prefix of ['{', '{"n": 1', '{"ok": tr', '{"ok": true, "']) {
      const { text } = await goOn('Go.', prefix, {}, { responseFormat })
      assert.equal(firstMismatch(schema, objectIn(prefix + text)), undefined)
    }
  })

  test('a block of JSON is completed and closed', async () => {
    const prefix = 'Here it is:\n```json\n{\n  "a": [1,'
    const { text } = await goOn('Go.', prefix)
    const block = /```json\n([\s\S]*)\n```$/.exec(prefix + text)
    assert.deepEqual(Object.keys(objectIn(block?.[1] ?? '')), ['a'])
  })

  test('code, lists and tags are ended as they began', async () => {
    assert.match((await goOn('Go.', '```python\nprint(1)\n')).text, /^# .*\n```$/)
    assert.match((await goOn('Go.', '```ts\nconst a = 1')).text, /^\n\/\/ .*\n```$/)
    assert.match((await goOn('Go.', 'Fruit:\n3. apples\n')).text, /^4\. .*\n5\. /)
    assert.match((await goOn('Go.', '- apples')).text, /^\n- .*\n- /)
    assert.match((await goOn('What is 6*7?', '<answer>')).text, /^42<\/answer>$/)
  })

  test('a sentence is finished, with the value where there is one', async () => {
    assert.equal((await goOn('What is 6*7?', 'The answer is')).text, ' 42.')
    assert.equal((await goOn('What is 6*7?', 'The answer is ')).text, '42.')
    assert.match((await goOn('Who won?', 'The winner was ')).text, /^… and so on, .*\.$/)
    assert.match((await goOn('Who won?', 'Nobody knows.')).text, /^ From here on /)
  })

  test('a role is played, and the stand-in is named', async () => {
    const { text } = await goOn('Who goes there?', '', { name: 'Dr. Kelsier' })
    assert.match(text, /^I am Dr\. Kelsier, .*offline engine/)
  })

  test('words before a call lead to the call', async () => {
    const answer = await goOn('weather in Paris', 'Let me look that up.', {}, { tools: [getWeather] })
    assert.equal(answer.finish, 'tool_calls')
    assert.equal(answer.calls[0]?.arguments, '{"city":"Paris"}')
  })
})
