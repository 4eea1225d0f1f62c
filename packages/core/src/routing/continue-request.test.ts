/** What the engine is asked that goes on with an answer. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { type GenerationRequest, Transcript } from '../generation/index.ts'
import { continueRequest } from './continue-request.ts'

const FORCED = { name: 'get_weather' } as const satisfies GenerationRequest['toolChoice']

function transcriptOf(text: string, call?: string): Transcript {
  const transcript = new Transcript()
  transcript.see({ type: 'text', choice: 0, text })
  if (call !== undefined)
    transcript.see({ type: 'tool-call', choice: 0, call: 0, name: 'get_weather', arguments: call })
  return transcript
}

describe('a request that goes on', () => {
  it('forces a tool no longer when its call was begun, or it would be called twice', () => {
    const begun = transcriptOf('', '{"ci')
    for (const toolChoice of [FORCED, 'required', 'auto'] as const) {
      assert.equal(continueRequest(sampleRequest({ toolChoice }), begun, 0).toolChoice, 'auto')
    }
    assert.equal(continueRequest(sampleRequest({ toolChoice: 'none' }), begun, 0).toolChoice, 'none')
  })

  it('still forces the tool whose call was not begun', () => {
    const thought = transcriptOf('Let me see.')
    for (const toolChoice of [FORCED, 'required', 'none', 'auto'] as const) {
      assert.deepEqual(continueRequest(sampleRequest({ toolChoice }), thought, 0).toolChoice, toolChoice)
    }
  })

  it('has what is left of the budget, and never less than nothing', () => {
    const request = sampleRequest({ maxCompletionTokens: 100 })
    const left = [30, 100, 130].map((spent) => continueRequest(request, transcriptOf('a'), spent).maxCompletionTokens)
    assert.deepEqual(left, [70, 0, 0])
  })

  it('ends with what was given, in place of the prefix that the client had sent and behind its words', () => {
    const user = { role: 'user', content: 'hi' } as const
    const plain = continueRequest(sampleRequest({ messages: [user] }), transcriptOf('One'), 0)
    assert.equal(plain.messages.length, 2)
    assert.equal(plain.messages[0], user)
    const prefix = { role: 'assistant', content: 'Zero, ', toolCalls: [], partial: true } as const
    const behind = continueRequest(sampleRequest({ messages: [user, prefix] }), transcriptOf('one'), 0)
    assert.equal(behind.messages.length, 2)
    const last = behind.messages.at(-1)
    assert.ok(last?.role === 'assistant')
    assert.deepEqual([last.content, last.partial], ['Zero, one', true])
  })
})
