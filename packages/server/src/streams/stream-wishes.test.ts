import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { lastSeen, streamWishes } from './stream-wishes.ts'

const asked = (headers: Readonly<Record<string, string>>, query = '') => ({
  header: (name: string): string | undefined => headers[name],
  query,
})
const refused = (words: RegExp) => (error: unknown) =>
  error instanceof ApiError && error.status === 400 && words.test(error.publicMessage)

test('without headers a stream is cancelled with its client and its events have no ids', () => {
  assert.deepEqual(streamWishes(asked({}), true), { detach: false, eventIds: false })
  const said = { 'x-moonbase-on-disconnect': 'cancel', 'x-moonbase-event-ids': 'off' }
  assert.deepEqual(streamWishes(asked(said), true), { detach: false, eventIds: false })
  const other = { 'x-moonbase-on-disconnect': 'detach', 'x-moonbase-event-ids': 'on' }
  assert.deepEqual(streamWishes(asked(other), true), { detach: true, eventIds: true })
})

test('a word that is none of the named ones is refused, and so is a detached reply that is no stream', () => {
  for (const word of ['', 'Detach', 'detach ', 'keep']) {
    const wish = asked({ 'x-moonbase-on-disconnect': word })
    assert.throws(() => streamWishes(wish, true), refused(/x-moonbase-on-disconnect must be cancel or detach/))
  }
  assert.throws(() => streamWishes(asked({ 'x-moonbase-event-ids': '1' }), true), refused(/must be off or on/))
  assert.throws(() => streamWishes(asked({ 'x-moonbase-on-disconnect': 'detach' }), false), refused(/stream: true/))
})

test('the last event seen comes from the header that browsers send, else from the address, else it is 0', () => {
  assert.equal(lastSeen(asked({})), 0)
  assert.equal(lastSeen(asked({}, 'after=0&x=1')), 0)
  assert.equal(lastSeen(asked({}, 'after=17')), 17)
  assert.equal(lastSeen(asked({ 'last-event-id': '18' }, 'after=17')), 18)
  assert.equal(lastSeen(asked({ 'last-event-id': '' }, 'after=17')), 17)
})

test('a number that is none is refused', () => {
  for (const text of ['', '-1', '1.5', '1e3', '0x1', 'NaN', ' 1', '9'.repeat(16), '١']) {
    assert.throws(() => lastSeen(asked({}, `after=${encodeURIComponent(text)}`)), refused(/after must be the number/))
    if (text !== '') assert.throws(() => lastSeen(asked({ 'last-event-id': text })), refused(/Last-Event-ID must be/))
  }
  assert.throws(() => lastSeen(asked({}, 'after=1&after=2')), refused(/given once/))
})
