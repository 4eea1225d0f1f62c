/** A command in a process group of its own, with a limit, after which nothing of it is left running. */

import { type StdioOptions, spawn } from 'node:child_process'

export interface CommandPlan {
  /** The program and its words. */
  readonly command: readonly [string, ...string[]]
  readonly folder: string
  readonly limitMs: number
  readonly environment?: Readonly<Record<string, string>>
  /** Whether it writes to our terminal itself; else what it says is kept. */
  readonly shown?: boolean
}

export interface CommandEnd {
  /** Of a success it is `undefined`, of anything else a sentence. */
  readonly failure: string | undefined
  /** stdout and stderr as they came, at most the last of them. */
  readonly said: string
  readonly seconds: number
}

const MOST_SAID = 1_000_000
const running = new Set<number>()

export async function runCommand(plan: CommandPlan): Promise<CommandEnd> {
  const began = performance.now()
  const [program, ...words] = plan.command
  const stdio: StdioOptions = plan.shown === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const child = spawn(program, words, {
    cwd: plan.folder,
    stdio,
    // A group of its own: whatever it started can be ended with it.
    detached: true,
    // A test runner around this one is none of its own: its tests would report to that one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...plan.environment },
  })
  const { pid } = child
  if (pid !== undefined) running.add(pid)
  let said = ''
  const keep = (text: string): void => void (said = (said + text).slice(-MOST_SAID))
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)
  const end = Promise.withResolvers<string | undefined>()
  // Not only ended: what holds its stdout, such as a server that it left behind, would be waited for by its reader too.
  const late = setTimeout(() => {
    end.resolve(`still ran after ${(plan.limitMs / 1_000).toFixed(0)} s, and was ended`)
  }, plan.limitMs)
  child.once('error', (error) => end.resolve(`could not be started: ${error.message}`))
  child.once('close', (code, signal) => end.resolve(code === 0 ? undefined : `ended with ${code ?? signal}`))
  const failure = await end.promise
  clearTimeout(late)
  if (pid !== undefined) endGroup(pid)
  return { failure, said, seconds: (performance.now() - began) / 1_000 }
}

/** Nothing that was started outlives whoever started it. */
export function endAllWith(signal: 'SIGINT' | 'SIGTERM'): void {
  process.once(signal, () => {
    for (const pid of running) endGroup(pid)
    process.kill(process.pid, signal)
  })
}

function endGroup(pid: number): void {
  running.delete(pid)
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}
