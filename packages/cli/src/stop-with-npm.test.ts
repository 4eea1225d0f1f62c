import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notedTerminal } from './testing/noted-terminal.ts'
import { stopWithNpm } from './stop-with-npm.ts'

test('a server that npm started stops once when its parent is another one', () => {
  const terminal = notedTerminal({ npm_lifecycle_event: 'start' })
  let stopped = 0
  stopWithNpm(terminal, () => (stopped += 1))
  terminal.pass()
  assert.equal(stopped, 0)
  terminal.orphan()
  terminal.pass()
  terminal.pass()
  assert.equal(stopped, 1)
  assert.match(terminal.noted.err, /npm, which started this server, has gone/)
})

test('a server that somebody else started may be left alone', () => {
  const terminal = notedTerminal()
  let stopped = 0
  stopWithNpm(terminal, () => (stopped += 1))
  terminal.orphan()
  terminal.pass()
  assert.equal(stopped, 0)
})
