/** A program that is pasted becomes its request; nothing of it is run, and no key comes along. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { requestIdIn, snippetRequest } from './index.ts'

const SIGNS = ['{', '}', '[', ']', '(', ')', '"', "'", '`', '\\', ',', ':', '=', '#', '/', ' ', '\n', '1', 'a', '-']
const python = (call: string): string =>
  `from openai import OpenAI\n\nclient = OpenAI(api_key="sk-secret", base_url="x")\nreply = client.chat.completions.create(${call})\nprint(reply)\n`

describe('a program', () => {
  it('in Python gives its request, with what is in extra_body', () => {
    const found = snippetRequest(
      python(`
    model="kimi-k2.5",  # the model
    messages=[
        {"role": "system", "content": """Be "brief".
Now."""},
        {'role': 'user', 'content': 'It\\'s ' 'me \\u6708 \\U0001F312\\n'},
    ],
    stream=True, max_tokens=1_024, temperature=-0.5e1, stop=None, n=(1), top=(1, 2,),
    extra_body={"thinking": {"type": "disabled"}},
    extra_headers={"x": "y"}, timeout=30,
`),
    )
    assert.deepEqual(found, {
      request: {
        model: 'kimi-k2.5',
        messages: [
          { role: 'system', content: 'Be "brief".\nNow.' },
          { role: 'user', content: "It's me 月 🌒\n" },
        ],
        stream: true,
        max_tokens: 1024,
        temperature: -5,
        stop: null,
        n: 1,
        top: [1, 2],
        thinking: { type: 'disabled' },
      },
      leftOut: [],
    })
    assert.ok(!JSON.stringify(found).includes('sk-secret'))
  })

  it('in TypeScript gives its request', () => {
    const found = snippetRequest(`
      const stream = await client.chat.completions.create({
        model: 'kimi-k2.5', // a model
        messages: [{ role: 'user', content: \`Hi
there\` + " you" }], /* said */
        stream: true, tools, 'tool_choice': undefined,
      }, { timeout: 5, headers: { a: 'b' } })`)
    assert.deepEqual(found, {
      request: {
        model: 'kimi-k2.5',
        messages: [{ role: 'user', content: 'Hi\nthere you' }],
        stream: true,
        tool_choice: null,
      },
      leftOut: ['tools'],
    })
  })

  it('leaves out what it works out, and says so', () => {
    const found = snippetRequest(
      python('model=os.environ["MODEL, )"], messages=history + [{"role": "user"}], n=1, user=f"x", stop=[a(1, "]")]'),
    )
    assert.deepEqual(found, { request: { n: 1 }, leftOut: ['model', 'messages', 'user', 'stop'] })
    assert.deepEqual(snippetRequest('chat.completions.create({ a: `${b}`, c: "x" + `${d}`, e: 1 })')?.leftOut, [
      'a',
      'c',
    ])
  })

  it('that has no such call, or one that cannot be read, is no request', () => {
    for (const text of [
      '',
      'print(1)',
      python(''),
      python('model='),
      python('model="a'),
      python('model="a" messages'),
      python('[1 2]'),
      python('{1: 2}'),
      python(`a=${'['.repeat(100)}`),
      python('a=b'),
      python("model='a\nb'"),
      python('{"a" 1}'),
    ])
      assert.equal(snippetRequest(text), undefined, text)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 60 }), (text) => {
        const found = snippetRequest(python(text))
        assert.ok(found === undefined || typeof found.request === 'object')
      }),
    )
  })

  it('of JSON values is read as they are', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const json = JSON.stringify(value)
        const back: unknown = JSON.parse(json)
        assert.deepEqual(snippetRequest(`chat.completions.create({ value: ${json} })`)?.request, { value: back })
      }),
    )
  })
})

describe('the id of a request', () => {
  it('is seen where it stands alone', () => {
    assert.equal(requestIdIn(' req-0123456789abcdef \n'), 'req-0123456789abcdef')
    assert.equal(requestIdIn('3f0c6d0b-8c1e-4b7a-9d2f-5e6a7b8c9d0e'), '3f0c6d0b-8c1e-4b7a-9d2f-5e6a7b8c9d0e')
    for (const text of ['hello', 'req-1', 'see req-0123456789abcdef', 'sk-0123456789abcdef'])
      assert.equal(requestIdIn(text), undefined)
  })
})
