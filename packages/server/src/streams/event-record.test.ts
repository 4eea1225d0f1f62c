import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SseParser, encodeSseComment, encodeSseData } from '@moonbase/protocol'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { ByteCells } from './byte-cells.ts'
import { EventRecord } from './event-record.ts'
import { numberEvents } from './number-events.ts'

/** All that is behind `after`, read as a client would: piece by piece. */
function readAll(record: EventRecord, after = 0): string {
  let text = ''
  for (let seen = after; ;) {
    const events = record.read(seen)
    if (events === undefined) return text
    assert.ok(events.last > seen, 'a read goes forward')
    seen = events.last
    text += events.text
  }
}

const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

test('events are numbered from 1, one by one, however many come in one text', () => {
  const record = new EventRecord(new ByteCells())
  record.append('data: a\n\n')
  record.append('data: b\n\ndata: c\n\nevent: x\ndata: d\n\n')
  assert.equal(record.last, 4)
  assert.equal(readAll(record), 'id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\nid: 4\nevent: x\ndata: d\n\n')
  assert.equal(readAll(record, 3), 'id: 4\nevent: x\ndata: d\n\n')
  assert.equal(record.read(4), undefined)
  assert.equal(record.read(17), undefined)
})

test('a comment has no number and stays in front of the event that it was written before', () => {
  const record = new EventRecord(new ByteCells())
  record.append('data: a\n\n')
  record.append(': seam\n\n')
  assert.equal(record.last, 1)
  assert.equal(record.read(1), undefined)
  record.append('data: b\n\n')
  assert.deepEqual(record.read(1), { text: ': seam\n\nid: 2\ndata: b\n\n', last: 2 })
  assert.equal(readAll(record), numberEvents('data: a\n\n: seam\n\ndata: b\n\n', 1).text)
})

test('where events are packed, and in which texts they came, makes no difference to any reader', () => {
  const seed = 20261120
  const random = seededRandom(seed)
  const words = ['a', 'one two ', '月光', '🌒', 'x'.repeat(9000), '\u2028', 'é', '']
  for (let round = 0; round < 40; round += 1) {
    const pieces: string[] = []
    for (let left = Math.floor(random() * 60); left > 0; left -= 1) {
      const word = words[Math.floor(random() * words.length)] ?? ''
      if (random() < 0.1) pieces.push(encodeSseComment(`seam ${word.slice(0, 5)}`))
      pieces.push(encodeSseData(JSON.stringify({ word, line: '\n\n' })))
    }
    const record = new EventRecord(new ByteCells())
    for (let at = 0; at < pieces.length;) {
      const count = 1 + Math.floor(random() * 3)
      record.append(pieces.slice(at, at + count).join(''))
      if (random() < 0.2) record.pack()
      at += count
    }
    const whole = numberEvents(pieces.join(''), 1)
    assert.equal(record.last, whole.last, `seed ${seed} round ${round}`)
    assert.equal(readAll(record), whole.text, `seed ${seed} round ${round}`)
    for (let after = 0; after <= record.last; after += 1) {
      const rest = readAll(record, after)
      assert.deepEqual(
        ids(rest),
        Array.from({ length: record.last - after }, (_, index) => after + 1 + index),
      )
      assert.ok(whole.text.endsWith(rest), `seed ${seed} round ${round} after ${after}`)
    }
    record.pack()
    assert.equal(record.bytes, Buffer.byteLength(pieces.join('')), 'packed events are counted in bytes')
  }
})

test('a reader of server-sent events sees the same data with numbers and without', () => {
  const plain = 'data: {"a":1}\n\n: seam\n\ndata: [DONE]\n\n'
  const read = (text: string) => new SseParser().push(new TextEncoder().encode(text)).map(({ data }) => data)
  assert.deepEqual(read(numberEvents(plain, 1).text), read(plain))
})

test('an emptied record takes nothing, gives nothing, and counts on', () => {
  const record = new EventRecord(new ByteCells())
  record.append(`data: ${'x'.repeat(20_000)}\n\n`)
  record.append('data: b\n\n')
  record.empty()
  record.append('data: c\n\n')
  assert.deepEqual([record.last, record.bytes, record.read(0)], [3, 0, undefined])
})
