import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roundDraft } from './round-draft.ts'
import { draftOf } from './testing/inference-bench.ts'

const answered = (output: string, name = 'search') => [{ call: { id: 's:0', name, arguments: '{}' }, output }]

test('a prefix that the answer went on from becomes a part of what was said', () => {
  const user = { role: 'user', content: 'hi' } as const
  const parts = [{ type: 'text', text: 'So ' }] as const
  for (const content of ['So ', parts]) {
    const prefix = { role: 'assistant', name: 'Kimi', content, reasoning: 'a', toolCalls: [], partial: true } as const
    const { messages } = roundDraft(
      draftOf({ messages: [user, prefix] }),
      { text: 'far', reasoning: 'b' },
      answered('x'),
    )
    assert.equal(messages[0], user)
    assert.deepEqual(messages[1], {
      role: 'assistant',
      name: 'Kimi',
      content: typeof content === 'string' ? 'So far' : [...parts, { type: 'text', text: 'far' }],
      reasoning: 'ab',
      toolCalls: [{ id: 's:0', builtin: false, name: 'search', arguments: '{}' }],
      partial: false,
    })
    assert.equal(messages.length, 3)
  }
})

test('a thought that was not thought is a blank where the model may think, and no result is empty', () => {
  for (const thinking of [true, false, undefined]) {
    const { messages } = roundDraft(draftOf({ thinking }), { text: '', reasoning: '' }, answered(''))
    const [, said, result] = messages
    assert.equal(said?.role === 'assistant' && said.reasoning, thinking === false ? undefined : ' ')
    assert.equal(result?.content, '(no output)')
  }
})

test('what is forced is free, what is forbidden stays so, and the platform’s own tools are called as such', () => {
  const tools = [{ type: 'builtin', name: '$web_search' }] as const
  const next = (toolChoice: 'none' | 'required') =>
    roundDraft(draftOf({ tools, toolChoice }), { text: 'a', reasoning: '' }, answered('x', '$web_search'))
  assert.deepEqual([next('none').toolChoice, next('required').toolChoice], ['none', 'auto'])
  const [, said] = next('none').messages
  assert.equal(said?.role === 'assistant' && said.toolCalls[0]?.builtin, true)
  assert.equal(next('none').maxCompletionTokens, undefined)
})

test('a prefix in parts gets no empty part where nothing was said behind it', () => {
  const parts = [{ type: 'text', text: 'So ' }] as const
  const prefix = { role: 'assistant', content: parts, toolCalls: [], partial: true } as const
  const { messages } = roundDraft(draftOf({ messages: [prefix] }), { text: '', reasoning: '' }, answered('x'))
  assert.deepEqual(messages[0]?.content, parts)
})
