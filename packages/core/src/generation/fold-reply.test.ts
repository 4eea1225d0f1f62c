import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GenerationEvent } from './event.ts'
import { ReplyFold, foldReply } from './fold-reply.ts'

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

  it('keeps the stop string that ended a choice, and what tools of the server did, where it stood', async () => {
    const tool = { type: 'server-tool', choice: 0, name: 'search', id: 's1' } as const
    const reply = await foldReply(
      from([
        start,
        text('I look. '),
        { ...tool, state: 'begun', input: undefined, output: undefined },
        { ...tool, id: 's2', state: 'begun', input: '2', output: undefined },
        { ...tool, state: 'begun', input: '{"q":1}', output: undefined },
        { ...tool, state: 'done', input: undefined, output: '[]' },
        text('So.'),
        { type: 'finish', choice: 0, reason: 'stop', stop: 'END' },
        usage,
      ]),
    )
    assert.deepEqual(reply.choices, [
      {
        reasoning: '',
        text: 'I look. So.',
        toolCalls: [],
        serverTools: [
          { name: 'search', id: 's1', input: '{"q":1}', output: '[]', at: 8 },
          { name: 'search', id: 's2', input: '2', output: undefined, at: 8 },
        ],
        finish: 'stop',
        stop: 'END',
      },
    ])
  })

  it('is the same when it is pushed to', async () => {
    const events = [start, text('a'), call(0, 'f'), call(0), finish(), usage]
    const fold = new ReplyFold()
    for (const event of events) fold.push(event)
    assert.deepEqual(fold.reply(), await foldReply(from(events)))
  })

  it('holds no more than its limit', async () => {
    const piece = 'x'.repeat(8 * 1024 * 1024)
    const many = Array.from({ length: 9 }, () => text(piece))
    await assert.rejects(foldReply(from([start, ...many, finish()])), { kind: 'limit' })
    const tool = { type: 'server-tool', choice: 0, name: 'read', id: 'r', state: 'done', input: piece } as const
    const read: GenerationEvent = { ...tool, output: piece }
    await assert.rejects(foldReply(from([start, ...many.map(() => read), finish()])), { kind: 'limit' })
  })
})
