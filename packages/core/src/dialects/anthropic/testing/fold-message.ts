/** For tests: a client of the wire. Folds a stream into the message that it was a stream of, as the official SDK does. */

import assert from 'node:assert/strict'
import { isFields } from '@moonbase/protocol'
import { inputOf } from '../tool-input.ts'

type Fields = Record<string, unknown>

export interface WireEvent {
  readonly event: string
  readonly data: Fields
}

export function eventsIn(stream: string): WireEvent[] {
  assert.ok(stream === '' || stream.endsWith('\n\n'), 'a stream ends with a whole event')
  return stream
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const [, event = '', text = ''] = /^(?:id: \d+\n)?event: (\S+)\ndata: (.*)$/s.exec(block) ?? []
      const data: unknown = JSON.parse(text)
      assert.ok(isFields(data))
      assert.equal(data['type'], event, 'an event is named twice, alike')
      return { event, data }
    })
}

/** The message of a complete stream. Asserts that blocks come one after the other and that the stream says so. */
export function foldMessage(stream: string): Fields {
  const events = eventsIn(stream).filter(({ event }) => event !== 'ping')
  const [first] = events
  assert.equal(first?.event, 'message_start')
  assert.equal(events.at(-1)?.event, 'message_stop')
  const message = { ...fieldsOf(first?.data['message']) }
  const content: Fields[] = []
  let open: Fields | undefined
  let written = ''
  for (const { event, data } of events.slice(1, -1)) {
    switch (event) {
      case 'content_block_start':
        assert.equal(open, undefined, 'one block is open at a time')
        assert.equal(data['index'], content.length)
        open = { ...fieldsOf(data['content_block']) }
        written = ''
        content.push(open)
        break
      case 'content_block_delta': {
        assert.ok(open !== undefined && data['index'] === content.length - 1)
        const delta = fieldsOf(data['delta'])
        if (delta['type'] === 'text_delta') open['text'] = `${String(open['text'])}${String(delta['text'])}`
        if (delta['type'] === 'thinking_delta')
          open['thinking'] = `${String(open['thinking'])}${String(delta['thinking'])}`
        if (delta['type'] === 'signature_delta') open['signature'] = delta['signature']
        if (delta['type'] === 'input_json_delta') written += String(delta['partial_json'])
        break
      }
      case 'content_block_stop':
        assert.ok(open !== undefined)
        if (open['type'] === 'tool_use') open['input'] = inputOf(written)
        open = undefined
        break
      case 'message_delta':
        Object.assign(message, fieldsOf(data['delta']), { usage: data['usage'] })
        break
      default:
        assert.fail(`an event ${event} in the middle`)
    }
  }
  assert.equal(open, undefined)
  return { ...message, content }
}

function fieldsOf(value: unknown): Fields {
  assert.ok(isFields(value))
  return value
}
