import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Transcript } from './transcript.ts'

test('a transcript knows how its first choice ended, and leaves out what the model did not generate', () => {
  const transcript = new Transcript()
  transcript.see({ type: 'text', choice: 0, text: 'a' })
  const tool = { type: 'server-tool', choice: 0, name: 'search', id: 's', state: 'done' } as const
  transcript.see({ ...tool, input: '{"q":1}', output: '[1]' })
  transcript.see({ type: 'finish', choice: 1, reason: 'length' })
  assert.equal(transcript.finish, undefined)
  transcript.see({ type: 'finish', choice: 0, reason: 'stop', stop: 'END' })
  assert.equal(transcript.finish, 'stop')
  assert.equal(transcript.answer, 'a')
})
