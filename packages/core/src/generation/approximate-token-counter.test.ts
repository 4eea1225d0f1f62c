import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { approximateTokenCounter } from './approximate-token-counter.ts'
import type { Message } from './request.ts'

const counter = approximateTokenCounter()
const user = (content: string): Message => ({ role: 'user', content })

describe('the approximate count', () => {
  it('has the wrappers right: whole prompts as the model tokenises them', () => {
    assert.equal(counter.countPrompt({ messages: [user('hi')], tools: [], thinking: true }), 9)
    const messages: Message[] = [{ role: 'system', content: 'S' }, user('hi')]
    assert.equal(counter.countPrompt({ messages, tools: [], thinking: false }), 15)
  })

  it('counts reasoning only where the template keeps it', () => {
    const called = (reasoning: string): Message => ({
      role: 'assistant',
      content: '',
      partial: false,
      reasoning,
      toolCalls: [{ id: 'f:0', name: 'f', builtin: false, arguments: '{}' }],
    })
    const result: Message = { role: 'tool', toolCallId: 'f:0', content: 'ok' }
    const answer: Message = { role: 'assistant', content: 'Done.', partial: false, toolCalls: [] }
    const count = (messages: Message[]) => counter.countPrompt({ messages, tools: [], thinking: true })
    const long = 'thought '.repeat(50).trim()
    assert.equal(count([user('a'), called(long), result]) - count([user('a'), called(''), result]), 50)
    const past = (reasoning: string) => count([user('a'), called(reasoning), result, answer, user('b')])
    assert.equal(past(long), past(''))
  })

  it('says that it is approximate, and is linear in the text whatever it holds', () => {
    assert.equal(counter.exact, false)
    for (const unit of ['a', '的', ' ', '\n', '<|', '🎉', 'a1 ']) {
      assert.ok(counter.countText(unit.repeat(1_000_000)) > 0)
    }
    assert.equal(counter.countText(''), 0)
  })
})
