import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerTo, askedFor, objectIn, textFor, user } from '../../../../../test/support/ask-offline.ts'
import { EngineError, type JsonSchema } from '../../generation/index.ts'

const JSON_OBJECT = { responseFormat: { type: 'json_object' } } as const

const bySchema = (schema: JsonSchema, strict = true) =>
  ({ responseFormat: { type: 'json_schema', name: 'out', strict, schema } }) as const

async function jsonFor(
  content: string,
  overrides: Parameters<typeof textFor>[1],
): Promise<Readonly<Record<string, unknown>>> {
  return objectIn(await textFor(content, overrides))
}

describe('answers in JSON', () => {
  test('json_object has the keys that the prompt names', async () => {
    assert.deepEqual(await jsonFor('Return JSON with keys name and age for: Alice is 30 years old', JSON_OBJECT), {
      name: 'Alice',
      age: 30,
    })
    assert.deepEqual(
      await jsonFor(
        'Give me a JSON object with the fields title, year and is_good about "Dune" from 1965.',
        JSON_OBJECT,
      ),
      {
        title: 'Dune',
        year: 1965,
        is_good: false,
      },
    )
    assert.deepEqual(Object.keys(await jsonFor('JSON, keys: "a", "b" and `c_d`', JSON_OBJECT)), ['a', 'b', 'c_d'])
  })

  test('json_object has the keys of what is to be extracted, or is said to be in it', async () => {
    const cases: [prompt: string, answer: Record<string, unknown>][] = [
      ['Extract name, age from: Alice is 25 years old.', { name: 'Alice', age: 25 }],
      ['Extract the name from: Alice is here.', { name: 'Alice' }],
      ['Return JSON with name, age and city for Ada, 36, London', { name: 'Ada', age: 36, city: 'London' }],
      ['Give me a JSON object containing title and year of Dune (1965)', { title: 'Dune', year: 1965 }],
    ]
    for (const [prompt, answer] of cases) assert.deepEqual(await jsonFor(prompt, JSON_OBJECT), answer, prompt)
    const keys = async (prompt: string) => Object.keys(await jsonFor(prompt, JSON_OBJECT))
    assert.deepEqual(await keys('Generate a user profile with name, age, and email as JSON'), ['name', 'age', 'email'])
    assert.deepEqual(await keys("Extract the person's full name and `e_mail`: Ada"), ['full_name', 'e_mail'])
    // Nothing is named here: the answer is what is wanted.
    for (const prompt of ['Return a JSON object.', 'Output the capital of France in JSON.', 'List fruits as JSON']) {
      assert.deepEqual(await keys(prompt), ['answer'], prompt)
    }
  })

  test('naming keys costs no more for a long prompt', async () => {
    const prompt = `${'extract the a, b & '.repeat(50_000)} as json ${"the man's ".repeat(50_000)}`
    assert.ok(Object.keys(await jsonFor(prompt, JSON_OBJECT)).length > 0)
  })

  test('json_object has the form of an example in the prompt', async () => {
    const valid =
      'Reply like {"name": "Bob", "age": 7, "pets": [{"kind": "cat"}], "member": true}. Ada Lovelace, aged 36.'
    assert.deepEqual(await jsonFor(valid, JSON_OBJECT), {
      name: 'Ada Lovelace',
      age: 36,
      pets: [{ kind: 'example kind' }],
      member: false,
    })
    const sketched = 'Reply as {"city": string, "population": number}. What about Oslo?'
    assert.deepEqual(await jsonFor(sketched, JSON_OBJECT), { city: 'Oslo', population: 1 })
  })

  test('json_object without a form holds the answer', async () => {
    assert.deepEqual(await jsonFor('What is 6*7? Answer in JSON.', JSON_OBJECT), { answer: '42' })
  })

  test('the form may stand in the system prompt, and JSON may be asked for in words', async () => {
    const messages = [
      { role: 'system', content: 'Always answer in JSON with the keys "city" and "mood".' } as const,
      user('I am in Rome.'),
    ]
    assert.deepEqual(Object.keys(objectIn((await answerTo(askedFor('', { messages }))).text)), ['city', 'mood'])
  })

  test('it is always JSON, whatever the prompt', async () => {
    for (const prompt of [
      '',
      '{',
      'keys',
      'with keys',
      'with keys and',
      'json {"a": {"b": }}',
      'fields: a/b/c',
      '"""',
      'keys __proto__ and constructor',
      '{"__proto__": 1}',
    ]) {
      await assert.doesNotReject(jsonFor(prompt, JSON_OBJECT), prompt)
    }
  })

  test('pretty when asked for', async () => {
    assert.equal(
      await textFor('pretty JSON with keys x and y', JSON_OBJECT),
      '{\n  "x": "example x",\n  "y": "example y"\n}',
    )
  })

  test('json_schema is filled from the message', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        emails: { type: 'array', items: { type: 'string' } },
        summary: { type: 'string' },
        address: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
          additionalProperties: false,
        },
      },
      required: ['name', 'age', 'emails', 'summary', 'address'],
      additionalProperties: false,
    }
    const value = await jsonFor(
      'Ada Lovelace is 36, lives in London; ada@example.org and al@example.org',
      bySchema(schema),
    )
    assert.deepEqual(value, {
      name: 'Ada Lovelace',
      age: 36,
      emails: ['ada@example.org', 'al@example.org'],
      summary: "beyond moonbase's offline engine, which has no model",
      address: { city: 'London' },
    })
  })

  test('a schema without an instance is refused when it binds, and passed over when not', async () => {
    const endless = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }
    await assert.rejects(
      textFor('Go.', bySchema(endless)),
      (error) => error instanceof EngineError && error.kind === 'refused',
    )
    assert.deepEqual(Object.keys(await jsonFor('Go.', bySchema(endless, false))), ['answer'])
  })
})
