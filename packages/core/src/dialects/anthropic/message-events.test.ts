import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol/errors'
import type { GenerationEvent } from '../../generation/index.ts'
import type { ReplyHead } from '../dialect.ts'
import { MessageEvents } from './message-events.ts'
import { eventsIn, foldMessage } from './testing/fold-message.ts'
import { plainSeal as seal } from './testing/plain-seal.ts'
import { ToolNames } from './tool-names.ts'

const head: ReplyHead = {
  requestId: '01234567-89ab-4cde-8f01-23456789abcd',
  created: 1_764_600_000,
  model: 'kimi-k2.5',
  fingerprint: 'fpv0_00000000',
  promptTokens: 12,
}

const encoder = ({ sealed = false, single = false } = {}): MessageEvents =>
  new MessageEvents(head, { names: new ToolNames([]), seal, sealed, single })

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const text = (words: string): GenerationEvent => ({ type: 'text', choice: 0, text: words })
const thought = (words: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: words })
const piece = (call: number, args: string, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call,
  arguments: args,
  ...(name === undefined ? {} : { name }),
})
const finish: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }

const pushed = (events: readonly GenerationEvent[], into = encoder()): string =>
  events.map((event) => into.push(event)).join('')
const folded = (events: readonly GenerationEvent[], into = encoder()) => foldMessage(pushed(events, into) + into.end())

describe('a streamed message', () => {
  it('is these bytes', () => {
    const into = encoder()
    const stream = pushed(
      [
        start,
        thought('Hm'),
        text('Hi'),
        finish,
        { type: 'usage', usage: { prompt: 12, completion: 3, cached: 4, reasoning: 1 } },
      ],
      into,
    )
    const usage = (input: number, read: number, output: number, thinking: number): string =>
      `{"input_tokens":${input},"cache_creation_input_tokens":0,"cache_read_input_tokens":${read},"output_tokens":${output},"output_tokens_details":{"thinking_tokens":${thinking}},"service_tier":"standard","inference_geo":"not_available","prompt_tokens":12,"cached_tokens":${read}}`
    const frames: [event: string, rest: string][] = [
      [
        'message_start',
        `"message":{"id":"msg_692da8c0012345676789abcd","type":"message","role":"assistant","content":[],"model":"kimi-k2.5","stop_reason":null,"stop_sequence":null,"usage":${usage(12, 0, 0, 0)}}`,
      ],
      ['content_block_start', '"index":0,"content_block":{"type":"thinking","thinking":"","signature":""}'],
      ['content_block_delta', '"index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}'],
      ['content_block_delta', '"index":0,"delta":{"type":"signature_delta","signature":"signed:mH"}'],
      ['content_block_stop', '"index":0'],
      ['content_block_start', '"index":1,"content_block":{"type":"text","text":""}'],
      ['content_block_delta', '"index":1,"delta":{"type":"text_delta","text":"Hi"}'],
      ['content_block_stop', '"index":1'],
      ['message_delta', `"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":${usage(8, 4, 3, 1)}`],
    ]
    const expected = frames.map(([event, rest]) => `event: ${event}\ndata: {"type":"${event}",${rest}}\n\n`).join('')
    assert.equal(stream + into.end(), `${expected}event: message_stop\ndata: {"type":"message_stop"}\n\n`)
  })

  it('has one block open at a time, however the calls come', () => {
    const events = [
      start,
      piece(0, '{"a":', 'f'),
      piece(1, '{"b":', 'g'),
      piece(1, '2}'),
      piece(0, '1}'),
      piece(2, '', 'h'),
      piece(2, '{}'),
      finish,
    ]
    assert.deepEqual(folded(events)['content'], [
      { type: 'tool_use', id: 'toolu_692da8c0012345676789abcd00', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'toolu_692da8c0012345676789abcd01', name: 'g', input: { b: 2 } },
      { type: 'tool_use', id: 'toolu_692da8c0012345676789abcd02', name: 'h', input: {} },
    ])
  })

  it('gives a call piece by piece, and the next one as soon as it is whole', () => {
    const into = encoder()
    into.push(start)
    into.push(piece(0, '{"a"', 'f'))
    assert.match(into.push(piece(0, ':1')), /^event: content_block_delta\n.*"partial_json":":1"/)
    assert.equal(into.push(piece(1, '{', 'g')), '', 'the first one may go on')
    const turn = into.push(piece(0, '}'))
    assert.deepEqual(
      eventsIn(turn).map(({ event }) => event),
      ['content_block_delta', 'content_block_stop', 'content_block_start', 'content_block_delta'],
    )
    assert.equal(into.push(piece(0, ' ')), '', 'white space behind the end is nothing')
    assert.throws(() => into.push(piece(0, '{}')), ApiError)
  })

  it('keeps what the model says behind its calls, in its order', () => {
    const types = (events: readonly GenerationEvent[]) =>
      (folded(events)['content'] as { type: string; text?: string }[]).map((block) => block.text ?? block.type)
    assert.deepEqual(types([start, text('a'), piece(0, '{}', 'f'), text('b'), text('c'), thought('d'), finish]), [
      'a',
      'tool_use',
      'bc',
      'thinking',
    ])
    assert.deepEqual(types([start, piece(0, '{"cut', 'f'), text('b'), piece(1, '{}', 'g'), text('c'), finish]), [
      'tool_use',
      'b',
      'tool_use',
      'c',
    ])
  })

  it('shows no word of a thought that is to be sealed', () => {
    const into = encoder({ sealed: true })
    const stream = pushed([start, thought('secret '), thought('thing'), text('Hi'), finish], into) + into.end()
    assert.ok(!stream.includes('secret'))
    assert.deepEqual((foldMessage(stream)['content'] as unknown[])[0], {
      type: 'thinking',
      thinking: '',
      signature: seal.seal('secret thing'),
    })
  })

  it('gives out one call where that is all that may be', () => {
    const events = [start, piece(0, '{}', 'f'), piece(1, '{}', 'g'), piece(1, ''), finish]
    assert.equal((folded(events, encoder({ single: true }))['content'] as unknown[]).length, 1)
  })

  it('says why it ended', () => {
    const end = (event: GenerationEvent, ...before: GenerationEvent[]) => {
      const { stop_reason: reason, stop_sequence: sequence } = folded([start, ...before, event])
      return [reason, sequence]
    }
    const of = (reason: 'stop' | 'length' | 'tool_calls' | 'content_filter'): GenerationEvent => ({
      type: 'finish',
      choice: 0,
      reason,
    })
    assert.deepEqual(end(of('stop')), ['end_turn', null])
    assert.deepEqual(end(of('length')), ['max_tokens', null])
    assert.deepEqual(end(of('content_filter')), ['refusal', null])
    assert.deepEqual(end(of('tool_calls'), piece(0, '{}', 'f')), ['tool_use', null])
    assert.deepEqual(end(of('stop'), piece(0, '{}', 'f')), ['tool_use', null])
    assert.deepEqual(end({ type: 'finish', choice: 0, reason: 'stop', stop: '\n' }), ['stop_sequence', '\n'])
    assert.deepEqual(end({ type: 'finish', choice: 0, reason: 'length', paused: 'tool_limit' }), ['pause_turn', null])
  })

  it('pings, and fails with its id', () => {
    const into = encoder()
    assert.equal(into.idle(), 'event: ping\ndata: {"type":"ping"}\n\n')
    assert.match(
      into.fail(apiError('internal')),
      /^event: error\ndata: \{"type":"error",.*"request_id":"01234567-89ab-4cde-8f01-23456789abcd"\}\n\n$/,
    )
  })

  it('holds no more than a limit of blocks that may not begin', () => {
    const into = encoder()
    pushed([start, piece(0, '{', 'f'), piece(1, '', 'g')], into)
    const megabyte = 'x'.repeat(1024 * 1024)
    assert.throws(
      () => {
        for (let round = 0; round < 6; round += 1) into.push(piece(1, megabyte))
      },
      (error) => error instanceof ApiError && error.code === 'engine_limit',
    )
  })
})
