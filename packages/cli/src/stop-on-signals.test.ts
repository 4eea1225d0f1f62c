import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stopOnSignals } from './stop-on-signals.ts'
import type { StopSignal } from './terminal.ts'

function situation() {
  const seen = { stops: 0, exits: [] as number[], said: '' }
  const listeners = new Map<string, () => void>()
  let time = 1000
  stopOnSignals(
    {
      onSignal: (signal, listener) => void listeners.set(signal, listener),
      now: () => time,
      exit: (code) => void seen.exits.push(code),
      writeErr: (text) => {
        seen.said += text
      },
    },
    () => {
      seen.stops += 1
    },
  )
  const send = (signal: StopSignal, afterMs = 0): void => {
    time += afterMs
    listeners.get(signal)?.()
  }
  return { seen, send }
}

test('the first signal asks once, and says so', () => {
  const { seen, send } = situation()
  send('SIGTERM')
  assert.deepEqual([seen.stops, seen.exits], [1, []])
  assert.match(seen.said, /^stopping: .*\n$/)
})

test('the same keystroke, heard again through npm or the launcher, is not a second signal', () => {
  const { seen, send } = situation()
  send('SIGINT')
  send('SIGINT', 5)
  send('SIGINT', 200)
  assert.deepEqual([seen.stops, seen.exits], [1, []])
})

test('a second signal ends the process with the code of that signal', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { seen, send } = situation()
    send('SIGINT')
    send(signal, 1000)
    assert.deepEqual([seen.stops, seen.exits], [1, [code]])
  }
})
