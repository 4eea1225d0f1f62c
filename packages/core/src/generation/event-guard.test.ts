import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventGuard } from './event-guard.ts'
import type { GenerationEvent } from './event.ts'

const START: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const tool = (choice = 0): GenerationEvent => ({
  type: 'server-tool',
  choice,
  name: 'search',
  id: 's',
  state: 'begun',
  input: undefined,
  output: undefined,
})

function see(...events: readonly GenerationEvent[]): void {
  const guard = new EventGuard('e', 1)
  for (const event of events) guard.see(event)
}

test('a tool of the server may run between the start and the finish of its choice, and nowhere else', () => {
  const finish: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }
  see(START, tool(), { type: 'text', choice: 0, text: 'a' }, tool(), finish)
  assert.throws(() => see(tool()), /gave server-tool before start/)
  assert.throws(() => see(START, finish, tool()), /gave server-tool after finish/)
  assert.throws(() => see(START, tool(1)), /gave choice 1/)
})
