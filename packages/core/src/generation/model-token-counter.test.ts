import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bpeTokenizer, encodePieces, renderPrompt, vocabularyOf } from '@moonbase/format'
import { modelTokenCounter } from './model-token-counter.ts'
import type { Message } from './request.ts'

/** A vocabulary of single bytes: a token is a byte, so that counts can be read off the text. */
const tokenizer = bpeTokenizer(vocabularyOf(Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))))
const counter = modelTokenCounter(tokenizer, { exact: true })
const user = (content: string): Message => ({ role: 'user', content })

describe('a counter over a vocabulary', () => {
  it('counts text as the tokenizer does, and a special token in it as the text it is', () => {
    assert.equal(counter.countText(''), 0)
    assert.equal(counter.countText('héllo'), 6)
    assert.equal(counter.countText('<|im_end|>'), 10)
  })

  it('counts a prompt as the ids that the model reads', async () => {
    // <|im_user|> user <|im_middle|> hi <|im_end|> <|im_assistant|> assistant <|im_middle|> <think>
    const prompt = { messages: [user('hi')], tools: [], thinking: true }
    assert.equal(counter.countPrompt(prompt), 1 + 4 + 1 + 2 + 1 + 1 + 9 + 1 + 1)
    assert.equal(await counter.countPromptAside(prompt), counter.countPrompt(prompt))
    assert.equal(encodePieces(renderPrompt(prompt), tokenizer).length, counter.countPrompt(prompt))
  })

  it('counts an image by its size, and never by its bytes', () => {
    const image = (width: number, base64: string): Message => ({
      role: 'user',
      content: [{ type: 'image', mime: 'image/png', base64, measured: { width, height: 280 } }],
    })
    const count = (message: Message) => counter.countPrompt({ messages: [message], tools: [], thinking: true })
    assert.equal(count(image(280, 'AAAA')), count(image(280, 'A'.repeat(4000))))
    assert.ok(count(image(2800, 'AAAA')) > count(image(280, 'AAAA')))
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
    assert.equal(count([user('a'), called(long), result]) - count([user('a'), called(''), result]), long.length)
    const past = (reasoning: string) => count([user('a'), called(reasoning), result, answer, user('b')])
    assert.equal(past(long), past(''))
  })

  it('says whether it is exact', () => {
    assert.equal(counter.exact, true)
    assert.equal(modelTokenCounter(tokenizer, { exact: false }).exact, false)
  })
})
