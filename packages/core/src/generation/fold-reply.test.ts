import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GenerationEvent } from './event.ts'
import { foldReply } from './fold-reply.ts'

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const finish = (choice = 0): GenerationEvent => ({ type: 'finish', choice, reason: 'stop' })
const usage: GenerationEvent = { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 } }
const call = (index: number, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  arguments: '{}',
  ...(name === undefined ? {} : { name }),
})

async function* from(events: readonly GenerationEvent[]) {
  yield* events
}

describe('a folded reply', () => {
  it('joins what belongs together, by choice and by call', async () => {
    const reply = await foldReply(
      from([
        start,
        { type: 'reasoning', choice: 0, text: 'r1' },
        { type: 'reasoning', choice: 0, text: 'r2' },
        text('b', 1),
        text('a'),
        call(0, 'f'),
        { ...call(1, 'g'), id: 'x' } as GenerationEvent,
        call(0),
        text('a'),
        finish(1),
        { type: 'finish', choice: 0, reason: 'tool_calls' },
        usage,
      ]),
    )
    assert.deepEqual(reply.choices, [
      {
        reasoning: 'r1r2',
        text: 'aa',
        toolCalls: [
          { name: 'f', arguments: '{}{}' },
          { name: 'g', id: 'x', arguments: '{}' },
        ],
        finish: 'tool_calls',
      },
      { reasoning: '', text: 'b', toolCalls: [], finish: 'stop' },
    ])
  })

  it('holds no more than its limit', async () => {
    const piece = 'x'.repeat(8 * 1024 * 1024)
    const many = Array.from({ length: 9 }, () => text(piece))
    await assert.rejects(foldReply(from([start, ...many, finish()])), { kind: 'limit' })
  })
})
