/** A terminal for tests, which writes everything down. */

import type { StopSignal, Terminal } from '../terminal.ts'

export interface NotedTerminal extends Terminal {
  readonly noted: { out: string; err: string; code: number | undefined; exited: boolean }
  /** Resolves when the first text goes to stdout. */
  readonly spoke: Promise<void>
  readonly send: (signal: StopSignal | 'SIGHUP') => void
  /** The window in which it runs is closed. */
  readonly cutOff: () => void
  /** The parent ends, and another takes its place. */
  readonly orphan: () => void
  /** Lets the time pass for which somebody waits. */
  readonly pass: () => void
}

export interface NotedOptions {
  readonly watched?: boolean
  /** What comes through stdin. */
  readonly input?: string
}

export function notedTerminal(
  environment: Readonly<Record<string, string>> = {},
  { watched = false, input = '' }: NotedOptions = {},
): NotedTerminal {
  const noted: NotedTerminal['noted'] = { out: '', err: '', code: undefined, exited: false }
  const listeners = new Map<StopSignal | 'SIGHUP', () => void>()
  const spoke = Promise.withResolvers<void>()
  let time = 0
  let parent = 100
  let isCutOff = false
  let waiting: (() => void) | undefined
  return {
    noted,
    spoke: spoke.promise,
    send: (signal) => {
      time += 1000
      listeners.get(signal)?.()
    },
    writeOut: (text) => {
      noted.out += text
      spoke.resolve()
    },
    writeErr: (text) => {
      noted.err += text
    },
    watched,
    readIn: async () => input,
    environment,
    orphan: () => {
      parent = 1
    },
    pass: () => waiting?.(),
    parent: () => parent,
    every: (_, listener) => {
      waiting = listener
      return () => {
        waiting = undefined
      }
    },
    cutOff: () => {
      isCutOff = true
    },
    isCutOff: () => isCutOff,
    onSignal: (signal, listener) => void listeners.set(signal, listener),
    now: () => time,
    exitCode: (code) => {
      noted.code = code
    },
    exit: (code) => {
      noted.code = code
      noted.exited = true
    },
  }
}
