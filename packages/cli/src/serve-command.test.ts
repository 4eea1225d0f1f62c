import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { setImmediate } from 'node:timers/promises'
import type { RunningServer, ServeOptions } from '@moonbase/server'
import { StartError } from '@moonbase/server/configuration'
import { eventually, once } from '../../../test/support/eventually.ts'
import { serveCommand } from './serve-command.ts'
import { notedTerminal } from './testing/noted-terminal.ts'

type ReloadReport = Awaited<ReturnType<RunningServer['reload']>>

/** A server that listens nowhere and stops when it is told to, or fails at it. */
function fakeServer(failure?: Error, reloads: readonly (ReloadReport | Error)[] = [], entry?: string) {
  const done = Promise.withResolvers<void>()
  const seen: { options?: ServeOptions; closed: number; reloaded: number } = { closed: 0, reloaded: 0 }
  const load = async () => ({
    serve: async (options: ServeOptions) => {
      seen.options = options
      options.print('a line for people')
      return {
        url: 'http://127.0.0.1:2500',
        done: done.promise,
        entryUrl: () => entry,
        reload: async () => {
          const report = reloads[seen.reloaded]
          seen.reloaded += 1
          if (report === undefined || report instanceof Error) throw report ?? new Error('no more reloads')
          return report
        },
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

test('a server with a workbench says how to open it, on stderr and behind the line that scripts wait for', async () => {
  const terminal = notedTerminal()
  const { load, done } = fakeServer(undefined, [], 'http://127.0.0.1:2500/#enter=once')
  const served = serveCommand({}, terminal, load)
  done.resolve()
  await served
  assert.equal(terminal.noted.out, 'moonbase listening on http://127.0.0.1:2500\n')
  assert.equal(terminal.noted.err, 'a line for people\nOpen http://127.0.0.1:2500/#enter=once\n')
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

test('SIGHUP reads the configuration again, tells what has changed and what has to wait, and the server goes on', async () => {
  const terminal = notedTerminal()
  const report = { changed: ['engine hosted: new'], needsRestart: ['listen.port'], notes: ['no model uses it'] }
  const { load, seen, done } = fakeServer(undefined, [report, { changed: [], needsRestart: [], notes: [] }])
  const served = serveCommand({}, terminal, load)
  await terminal.spoke
  terminal.send('SIGHUP')
  await setImmediate()
  assert.match(
    terminal.noted.err,
    /\nconfiguration read again\nengine hosted: new\nneeds a restart: listen\.port\nnote: no model uses it\n$/,
  )
  terminal.send('SIGHUP')
  await setImmediate()
  assert.match(terminal.noted.err, /\nconfiguration read again\nnothing has changed\n$/)
  assert.deepEqual([seen.reloaded, seen.closed, terminal.noted.exited], [2, 0, false])
  done.resolve()
  await served
})

test('a reload that fails tells every mistake, and the server goes on as it was', async () => {
  const terminal = notedTerminal()
  const mistakes = new StartError(['moonbase.yaml:2:3 listen.prt: there is no such field', 'and another'])
  const { load, seen, done } = fakeServer(undefined, [mistakes, new Error('ours')])
  const served = serveCommand({}, terminal, load)
  await terminal.spoke
  terminal.send('SIGHUP')
  await eventually(
    () => terminal.noted.err,
    (err) => err.includes('goes on'),
  )
  assert.match(terminal.noted.err, /\nmoonbase\.yaml:2:3 listen\.prt: there is no such field\nand another\nthe config/)
  terminal.send('SIGHUP')
  await eventually(
    () => terminal.noted.err,
    (err) => err.endsWith('has\n') && err.includes('ours'),
  )
  assert.deepEqual([seen.reloaded, seen.closed, terminal.noted.exited], [2, 0, false])
  assert.equal(terminal.noted.code, undefined)
  done.resolve()
  await served
})

test('SIGHUP from a terminal that was closed stops the server', async () => {
  const terminal = notedTerminal()
  const { load, seen } = fakeServer()
  const served = serveCommand({}, terminal, load)
  await terminal.spoke
  terminal.cutOff()
  terminal.send('SIGHUP')
  await served
  assert.deepEqual([seen.reloaded, seen.closed, terminal.noted.exited], [0, 1, true])
})

test('a start that fails when everything but the port was there ends the process', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  assert.ok(typeof address === 'object' && address !== null)
  const bin = fileURLToPath(new URL('../bin/moonbase.mjs', import.meta.url))
  const started = spawn(process.execPath, [bin, 'serve', '--port', String(address.port)], {
    stdio: 'ignore',
    env: {
      MOONBASE_API_KEY: 'sk-a-key-for-tests',
      MOONBASE_ADMIN_KEY: 'sk-another-key-for-tests',
      // An engine whose health would be looked at for ever.
      MOONBASE_UPSTREAM: 'http://127.0.0.1:9/v1',
    },
  })
  assert.deepEqual(await once(started, 'exit'), [1, null])
  other.close()
})
