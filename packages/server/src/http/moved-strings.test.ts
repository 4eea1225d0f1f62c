import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { putTogether, takeApart } from './moved-strings.ts'

const long = (text: string): string => text.repeat(5000)

describe('long strings on their way between threads', () => {
  const values: Readonly<Record<string, unknown>> = {
    'none at all': { a: [1, null, { b: 'short' }], c: true },
    'the root itself': long('x'),
    'in lists and objects, of one byte and of two': {
      a: [long('é'), 'short', { deep: [[long('月')], long('a\u0000"\\\n')] }],
      b: long('\ud83c\udf15'),
      c: long('z'),
    },
    'lone surrogates': [long('\ud800x'), long('\udc00')],
    'an odd number of bytes before wide ones': [`${long('a')}a`, long('月')],
  }
  for (const [what, value] of Object.entries(values)) {
    it(`come back where they were: ${what}`, () => {
      const { value: rest, block, strings } = takeApart(structuredClone(value))
      assert.ok(JSON.stringify(rest).length < 200)
      // As it goes from one thread to another.
      const sent = structuredClone({ text: JSON.stringify(rest), block, strings }, { transfer: [block.buffer] })
      assert.deepEqual(putTogether({ value: JSON.parse(sent.text), block: sent.block, strings: sent.strings }), value)
    })
  }

  it('keep the name that JSON gave them, whatever it means to an object', () => {
    const text = `{"__proto__":"${long('p')}","constructor":{"__proto__":["${long('q')}"]}}`
    const apart = takeApart(JSON.parse(text))
    assert.equal(JSON.stringify(putTogether(apart)), text)
    assert.equal(Object.getPrototypeOf({}), Object.prototype)
  })
})
