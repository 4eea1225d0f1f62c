import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSseComment, encodeSseData, SSE_DONE } from './encode-sse.ts'
import { SseParser } from './sse-parser.ts'

const read = (stream: string) => new SseParser().push(new TextEncoder().encode(stream))

test('JSON becomes one data line and a blank line', () => {
  assert.equal(encodeSseData('{"a":1}'), 'data: {"a":1}\n\n')
  assert.equal(encodeSseData(''), 'data: \n\n')
})

test('every line of a text with line ends gets its own data line, and a reader joins them', () => {
  assert.equal(encodeSseData('{\n  "a": 1\r\n}\r'), 'data: {\ndata:   "a": 1\ndata: }\ndata: \n\n')
  assert.deepEqual(read(encodeSseData('a\n\nb\rc')), [{ data: 'a\n\nb\nc' }])
})

test('a reader gets back what was written, whatever the text looks like', () => {
  for (const text of ['', ' ', 'data: x', ':', '\n', '[DONE]', 'é月🌒', ' two  spaces ']) {
    assert.deepEqual(read(encodeSseData(text)), [{ data: text }])
  }
})

test('the last event is the one that clients know', () => {
  assert.equal(SSE_DONE, 'data: [DONE]\n\n')
  assert.equal(encodeSseData('[DONE]'), SSE_DONE)
})

test('a comment is skipped by readers, with line ends in it too', () => {
  assert.equal(encodeSseComment('keep-alive'), ': keep-alive\n\n')
  assert.equal(encodeSseComment('a\ndata: b\r\n'), ': a\n: data: b\n: \n\n')
  assert.deepEqual(read(`${encodeSseComment('a\n\ndata: b')}data: c\n\n`), [{ data: 'c' }])
})
