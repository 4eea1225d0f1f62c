/** What a command needs of the process it runs in; tests bring their own. */

import { closeSync, openSync } from 'node:fs'

export interface Terminal {
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
  /** Somebody watches stderr, so that a line there may be written over. */
  readonly watched: boolean
  /** All of stdin as text. Rejects with an error whose code is `EFBIG` when it is longer than so many bytes. */
  readonly readIn: (mostBytes: number) => Promise<string>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Calls back each time the signal comes, instead of ending the process. */
  readonly onSignal: (signal: StopSignal | 'SIGHUP', listener: () => void) => void
  /** The window or connection from which the process was started is gone; without one from the start, never. */
  readonly isCutOff: () => boolean
  /** Milliseconds from any beginning, never backwards. */
  readonly now: () => number
  /** The process that started this one, or the one that took its place when that ended. */
  readonly parent: () => number
  /** Calls back again and again, without keeping the process alive; the returned function ends it. */
  readonly every: (ms: number, listener: () => void) => () => void
  /** The code for when the process ends by itself. */
  readonly exitCode: (code: number) => void
  /** Ends the process now. */
  readonly exit: (code: number) => void
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

export function processTerminal(): Terminal {
  // A reader that leaves early, as `head` does, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
    watched: process.stderr.isTTY,
    readIn,
    environment: process.env,
    onSignal: (signal, listener) => void process.on(signal, listener),
    isCutOff: terminalWatch(),
    now: () => performance.now(),
    parent: () => process.ppid,
    every: (ms, listener) => {
      const timer = setInterval(listener, ms).unref()
      return () => clearInterval(timer)
    },
    exitCode: (code) => {
      process.exitCode = code
    },
    exit: (code) => process.exit(code),
  }
}

/** Only a process that has a terminal can open `/dev/tty`; the kernel takes it away before it tells with SIGHUP. */
function terminalWatch(): () => boolean {
  // There SIGHUP means nothing else, and the process is ended in any case.
  if (process.platform === 'win32') return () => true
  const hadTerminal = hasTerminal()
  const began = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  return () => began && hadTerminal && !hasTerminal()
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

async function readIn(mostBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostBytes) throw Object.assign(new Error('stdin is too long'), { code: 'EFBIG' })
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
