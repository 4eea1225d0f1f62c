import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServeOptions } from '@moonbase/server'
import { serveCommand } from './serve-command.ts'
import { notedTerminal } from './noted-terminal.ts'

/** A server that listens nowhere and stops when it is told to, or fails at it. */
function fakeServer(failure?: Error) {
  const done = Promise.withResolvers<void>()
  const seen: { options?: ServeOptions; closed: number } = { closed: 0 }
  const load = async () => ({
    serve: async (options: ServeOptions) => {
      seen.options = options
      options.print('a line for people')
      return {
        url: 'http://127.0.0.1:2500',
        done: done.promise,
        close: async () => {
          seen.closed += 1
          if (failure === undefined) done.resolve()
          else throw failure
        },
      }
    },
  })
  return { load, seen, done }
}

test('says one line on stdout when it is ready, and all else on stderr', async () => {
  const terminal = notedTerminal({ MOONBASE_PORT: '1' })
  const { load, seen, done } = fakeServer()
  const served = serveCommand({ port: '0', allowDevelopmentKeys: true }, terminal, load)
  done.resolve()
  await served
  assert.equal(terminal.noted.out, 'moonbase listening on http://127.0.0.1:2500\n')
  assert.equal(terminal.noted.err, 'a line for people\n')
  assert.deepEqual(seen.options?.arguments, { port: '0', allowDevelopmentKeys: true })
  assert.deepEqual(seen.options?.environment, { MOONBASE_PORT: '1' })
})

test('a signal closes the server, and the process ends well when it has stopped', async () => {
  const terminal = notedTerminal()
  const { load, seen } = fakeServer()
  const served = serveCommand({}, terminal, load)
  await terminal.spoke
  terminal.send('SIGTERM')
  await served
  assert.equal(seen.closed, 1)
  assert.deepEqual([terminal.noted.code, terminal.noted.exited], [0, true])
})

test('a server that fails to stop is told with its stack, and the process ends with 70', async () => {
  const terminal = notedTerminal()
  const { load } = fakeServer(new Error('the socket is stuck'))
  const served = serveCommand({}, terminal, load)
  await terminal.spoke
  terminal.send('SIGINT')
  await served
  assert.match(terminal.noted.err, /the socket is stuck\n +at /)
  assert.deepEqual([terminal.noted.code, terminal.noted.exited], [70, true])
})
