/** A child process of the play that is asked by messages, and that does not outlive it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once as onceOfNode } from 'node:events'
import { fileURLToPath } from 'node:url'
import { GIVE_UP_MS, once } from '../support/eventually.ts'

/** Of a process that plays its part and ends: the long forms of a play ask for a thousand streams. */
const PART_MS = 3 * GIVE_UP_MS

export class Child {
  readonly #process: ChildProcess

  constructor(script: URL, given: readonly string[] = [], detached = false) {
    this.#process = fork(fileURLToPath(script), given, {
      // A session of its own, so that it may have a rank of its own.
      detached,
      // Keys and settings of whoever plays must not change what is played.
      env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] },
      // Compiled code that is thrown away now and then would look like memory that came back.
      execArgv: ['--expose-gc', '--no-flush-bytecode'],
    })
  }

  on(heard: (message: Readonly<Record<string, unknown>>) => void): void {
    this.#process.on('message', (message) => heard(message as Record<string, unknown>))
  }

  /** The field of that name in the first message that has one. Rejects when the process ends before. */
  async next<Value>(name: string): Promise<Value> {
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(GIVE_UP_MS)])
    const stop = (): void => ended.abort(new Error('the process has ended'))
    this.#process.once('exit', stop)
    try {
      for (;;) {
        const [message] = (await once(this.#process, 'message', { signal })) as [Record<string, Value>]
        const value = message[name]
        if (value !== undefined) return value
      }
    } finally {
      this.#process.off('exit', stop)
    }
  }

  async ask<Value>(message: string, name: string): Promise<Value> {
    const answer = this.next<Value>(name)
    this.#process.send(message)
    return answer
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(name)
  }

  /** Resolves when it has ended by itself. Rejects when it has failed. */
  async ended(): Promise<void> {
    // Its end by our signal is told like any other.
    const late = setTimeout(() => this.#process.kill('SIGKILL'), PART_MS)
    if (this.#process.exitCode === null && this.#process.signalCode === null) await onceOfNode(this.#process, 'exit')
    clearTimeout(late)
    const { exitCode, signalCode } = this.#process
    if (exitCode !== 0) throw new Error(`the process ended with ${exitCode ?? signalCode}`)
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }
}
