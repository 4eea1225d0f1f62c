import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DraftMessage } from '@moonbase/core/generation'
import { canonicalArguments } from './canonical-arguments.ts'
import { digestsOf } from './conversation-digests.ts'

const user = (content: string): DraftMessage => ({ role: 'user', content })
const called = (id: string, given: string, more: { reasoning?: string; content?: string } = {}): DraftMessage => ({
  role: 'assistant',
  content: '',
  toolCalls: [{ id, builtin: false, name: 'Read', arguments: given }],
  partial: false,
  ...more,
})
const result = (toolCallId: string, content = 'x'): DraftMessage => ({ role: 'tool', toolCallId, content })
const wholeOf = (messages: readonly DraftMessage[], world = 'kimi-k2.5') => digestsOf(messages, world)?.before.at(-1)

const talk = [user('a'), called('Read:0', '{"a":1,"b":[2]}'), result('Read:0')]

describe('digestsOf', () => {
  it('are the same however a client spaces, splits and names what it sends back', () => {
    const changed: DraftMessage[] = [
      { role: 'user', content: [{ type: 'text', text: ' a\n' }] },
      called('call_1', '{ "b": [2], "a": 1 }', { reasoning: 'Hm.', content: ' ' }),
      result('call_1'),
    ]
    assert.equal(wholeOf(changed), wholeOf(talk))
  })

  it('differ with every word, role, order, argument, image and model', () => {
    const [first, second, third] = talk as [DraftMessage, DraftMessage, DraftMessage]
    const image = (base64: string): DraftMessage => ({
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', mime: 'image/png', base64, measured: { width: 1, height: 1 } },
      ],
    })
    const elsewhere = (url: string): DraftMessage => ({
      role: 'user',
      content: [{ type: 'reference', medium: 'image', url }],
    })
    const long = 'A'.repeat(1_000_000)
    const others: DraftMessage[][] = [
      talk,
      [],
      [first],
      [first, second],
      [user('b'), second, third],
      [{ role: 'system', content: 'a' }, second, third],
      [second, third, first],
      [first, called('Read:0', '{"a":1,"b":[3]}'), third],
      [first, called('Read:0', '[["a",1],["b",[2]]]'), third],
      [first, second, result('Read:0', 'y')],
      [image('AAAA')],
      [image('AAAB')],
      [image(`${long}AAAA`)],
      [image(`${long}AAAB`)],
      [elsewhere('ms://a')],
      [elsewhere('ms://b')],
    ]
    assert.equal(new Set(others.map((messages) => wholeOf(messages))).size, others.length)
    assert.notEqual(wholeOf(talk, 'kimi-k2.6'), wholeOf(talk))
  })

  it('tell what stood before each message, and where the turn began', () => {
    const again = [...talk, user('a')]
    const { before, turn } = digestsOf(again, 'm') ?? assert.fail()
    assert.equal(before.length, 5)
    assert.equal(before[0], digestsOf([], 'm')?.before[0])
    assert.equal(before[3], wholeOf(talk, 'm'))
    assert.equal(turn, before[4])
    assert.equal(digestsOf(talk, 'm')?.turn, before[1])
    assert.equal(digestsOf([called('x', '{}')], 'm')?.turn, before[0], 'without a user it begins at once')
  })

  it('are none of what is longer than any window', () => {
    assert.equal(digestsOf([user('x'.repeat(17 * 1024 * 1024))], 'm'), undefined)
    assert.equal(
      digestsOf(
        Array.from({ length: 20_001 }, () => user('x')),
        'm',
      ),
      undefined,
    )
  })
})

describe('canonicalArguments', () => {
  it('orders keys and keeps values apart', () => {
    assert.equal(
      canonicalArguments('{"b":1,"a":{"d":1.0,"c":2}}'),
      canonicalArguments(' { "a": {"c":2, "d":1}, "b":1 } '),
    )
    assert.notEqual(canonicalArguments('{"a":[1,2]}'), canonicalArguments('{"a":[2,1]}'))
    assert.notEqual(canonicalArguments('{"a":"1"}'), canonicalArguments('{"a":1}'))
    assert.equal(canonicalArguments(''), '{}')
  })

  it('takes what is no JSON, or deep or long, as it was written', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    for (const odd of ['{"a":', 'a b', deep, `"${'x'.repeat(1024 * 1024)}"`]) {
      assert.equal(canonicalArguments(` ${odd} `), odd)
    }
  })
})
