import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBody } from './parse-body.ts'

const parsed = (json: string): unknown => parseBody(Buffer.from(json))
/** Of `\ud83d\ude00`: an emoji, whole. */
const HIGH = '\\ud83d'
const LOW = '\\uDE00'

describe('a body with half characters', () => {
  it('has U+FFFD for each lone surrogate, in texts and in names, and whole ones as they are', () => {
    const cases: [json: string, value: string][] = [
      [`${HIGH}${LOW}`, '\u{1f600}'],
      [`a${HIGH}b`, 'a\ufffdb'],
      [`${LOW}${HIGH}`, '\ufffd\ufffd'],
      [`${HIGH}${HIGH}${LOW}`, '\ufffd\u{1f600}'],
      [`${HIGH}${LOW}${LOW}`, '\u{1f600}\ufffd'],
      ['\\udfff', '\ufffd'],
      ['\\ud7ff\\ue000', '\ud7ff\ue000'],
      // An escaped backslash escapes nothing: this is a text about escapes.
      [`\\\\ud83d`, '\\ud83d'],
      [`\\\\ud83d${LOW}`, '\\ud83d\ufffd'],
      [`\\\\${HIGH}`, '\\\ufffd'],
      [`\\\\\\\\ud83d`, '\\\\ud83d'],
      [`${HIGH}\\n${LOW}`, '\ufffd\n\ufffd'],
    ]
    for (const [json, value] of cases) {
      assert.deepEqual(parsed(`{"messages":["${json}"],"${json}":1}`), { messages: [value], [value]: 1 }, json)
    }
  })

  it('is well formed whatever surrogates and backslashes stand in it', () => {
    // Every string of up to four of these: pairs, halves, and escapes of escapes.
    const pieces = [HIGH, LOW, '\\\\', 'x', '\\u0041']
    const all: string[] = ['']
    for (let from = 0, length = 0; length < 5; length += 1) {
      const to = all.length
      for (const shorter of all.slice(from)) for (const piece of pieces) all.push(shorter + piece)
      from = to
    }
    for (const json of all) {
      const plain = JSON.parse(`"${json}"`) as string
      assert.equal(parsed(`"${json}"`), plain.toWellFormed(), json)
    }
    assert.ok(all.length > 3000)
  })

  it('has none in the arguments of a call either, however their escapes are escaped', () => {
    const call = (escaped: string): unknown =>
      parsed(`{"calls":[{"function":{"arguments":"{\\"a\\":\\"${escaped}\\"}"}}]}`)
    for (const escaped of ['\\\\ud83d', '\\u005cud83d', '\\\\\\u0075d83d', '\\ud83d']) {
      const { calls } = call(escaped) as { calls: { function: { arguments: string } }[] }
      const read = JSON.parse(calls[0]?.function.arguments ?? '') as unknown
      assert.deepEqual(read, { a: '\ufffd' }, escaped)
    }
    const whole = call(`\\\\ud83d\\\\ude00`) as { calls: { function: { arguments: string } }[] }
    assert.equal(whole.calls[0]?.function.arguments, '{"a":"\\ud83d\\ude00"}')
    // Elsewhere it is a text, which nobody reads as JSON.
    assert.deepEqual(parsed('{"content":"\\\\ud83d"}'), { content: '\\ud83d' })
  })

  it('takes time in proportion to its length', () => {
    const backslashes = '\\'.repeat(2_000_000)
    assert.equal(parsed(`["${backslashes}", "\\u0041"]`)?.constructor, Array)
    assert.deepEqual(parsed(`["${HIGH.repeat(100_000)}"]`), ['\ufffd'.repeat(100_000)])
  })
})
