/** Processes that the bench starts, each of which it also ends, however it ends itself. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onCore } from './machine.ts'
import { processTree } from './process-usage.ts'
import { scratchFolder } from './scratch.ts'

export interface ChildPlan {
  readonly name: string
  readonly command: readonly string[]
  readonly core: number | undefined
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Opens a channel for messages. */
  readonly withMessages?: boolean
}

/** Time to end by itself after SIGTERM. */
const STOP_LIMIT_MS = 5000
const START_LIMIT_MS = 20_000
/** Of what a child says on its error stream, the end is shown when it fails. */
const KEPT_ERROR_CHARACTERS = 4000

const running = new Set<Child>()

export class Child {
  readonly name: string
  readonly process: ChildProcess
  readonly pid: number
  /** Its error stream, where servers log: a file, because a pipe would have us read along while it is measured. */
  readonly #log: string

  constructor(plan: ChildPlan) {
    const [command = '', ...args] = onCore(plan.core, plan.command)
    this.name = plan.name
    this.#log = join(scratchFolder(plan.name), 'stderr.log')
    const log = openSync(this.#log, 'a')
    this.process = spawn(command, args, {
      stdio: ['ignore', 'pipe', log, ...(plan.withMessages === true ? (['ipc'] as const) : [])],
      env: { ...cleanEnvironment(), ...plan.env },
      ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
    })
    closeSync(log)
    if (this.process.pid === undefined) throw new Error(`${plan.name} could not be started: ${command}`)
    this.pid = this.process.pid
    running.add(this)
    this.process.once('exit', () => running.delete(this))
    // Whoever reads lines attaches before the first byte can come; without a reader a full pipe would stop the child.
    this.process.stdout?.resume()
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** Resolves with what the pattern captured in a line of standard output. */
  async line(pattern: RegExp): Promise<string> {
    const { stdout } = this.process
    if (stdout === null) throw new Error(`${this.name} has no standard output`)
    const lines = createInterface({ input: stdout })
    return await this.#within('its ready line', (resolve) => {
      lines.on('line', (line) => {
        const found = pattern.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      })
    })
  }

  /** Resolves with the next message that the guard knows; sends one first when given. */
  async message<Message>(
    isKnown: (value: unknown) => value is Message,
    sent?: object,
    limitMs = START_LIMIT_MS,
  ): Promise<Message> {
    return await this.#within(
      'a message',
      (resolve, reject) => {
        this.process.once('message', (message) => {
          if (isKnown(message)) resolve(message)
          else reject(new Error(`${this.name} sent what nobody knows`))
        })
        if (sent !== undefined) this.process.send(sent)
      },
      limitMs,
    )
  }

  /** What the pattern captured in the error stream so far. */
  logged(pattern: RegExp): string | undefined {
    return pattern.exec(readFileSync(this.#log, 'utf8'))?.[1]
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return
    const tree = processTree(this.pid)
    const exited = once(this.process, 'exit')
    this.process.kill('SIGTERM')
    const timer = setTimeout(() => killEach(tree), STOP_LIMIT_MS)
    await exited
    clearTimeout(timer)
    killEach(tree)
  }

  #lastWords(): string {
    return readFileSync(this.#log, 'utf8').slice(-KEPT_ERROR_CHARACTERS)
  }

  /** Resolves as `listen` says, or rejects when the child ends first or the time is over. */
  async #within<Value>(
    what: string,
    listen: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
    limitMs = START_LIMIT_MS,
  ): Promise<Value> {
    return await new Promise<Value>((resolve, reject) => {
      const fail = (how: string) => reject(new Error(`${this.name} ${how} before ${what}.\n${this.#lastWords()}`))
      const timer = setTimeout(() => fail(`took ${limitMs} ms`), limitMs)
      const onExit = () => fail('ended')
      this.process.once('exit', onExit)
      const settled = () => {
        clearTimeout(timer)
        this.process.off('exit', onExit)
      }
      listen(
        (value) => {
          settled()
          resolve(value)
        },
        (error) => {
          settled()
          reject(error)
        },
      )
    })
  }
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()))
}

/** Ends the bench and everything it started, whatever ends it. Only SIGKILL passes this by. */
export function endChildrenWithUs(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void stopAll().finally(() => process.exit(130))
    })
  }
  process.on('exit', () => {
    for (const child of running) killEach(processTree(child.pid))
  })
}

/** Keys and settings of whoever runs the bench must not change what is measured. */
function cleanEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG']) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

function killEach(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (cause) {
      // It has ended already, which is what we want.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
    }
  }
}
