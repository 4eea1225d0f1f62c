/** A command of an agent, with an environment that is its own and a limit of time, after which nothing of it is left running. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from './agent.ts'
import { endLeftBehind } from './left-behind.ts'

export interface AgentRun {
  readonly command: Command
  readonly folder: string
  /** All of it: nothing of ours goes along. `HOME` is what its processes are known by. */
  readonly environment: Readonly<Record<string, string>> & { readonly HOME: string }
  readonly limitS: number
}

export interface AgentEnd {
  /** Of an end with 0 it is `undefined`. */
  readonly failure: string | undefined
  /** The last of stdout and stderr. */
  readonly said: string
  readonly seconds: number
  /** Processes that it left behind, by their names. They have been ended. */
  readonly left: readonly string[]
}

const MOST_SAID = 1_000_000
/** Of pipes whose writers have all been ended. */
const CLOSING_MS = 10_000

export async function runAgent({ command, folder, environment, limitS }: AgentRun): Promise<AgentEnd> {
  const began = performance.now()
  const [program, ...words] = command
  const child = spawn(program, words, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const keep = (text: string): void => void (said = (said + text).slice(-MOST_SAID))
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const endAll = (): readonly string[] => endLeftBehind(environment.HOME)
  process.once('exit', endAll)
  const closed = Promise.withResolvers<void>()
  child.once('close', () => closed.resolve())
  const failure = await endOf(child, limitS)
  const seconds = (performance.now() - began) / 1_000
  // Not only the group that it leads: a daemon has one of its own, and holds its stdout for as long as it lives.
  const left = endAll()
  process.off('exit', endAll)
  const late = setTimeout(() => closed.reject(new Error(`somebody holds the output of ${program}`)), CLOSING_MS)
  await closed.promise.finally(() => clearTimeout(late))
  return { failure, said, seconds, left }
}

async function endOf(child: ReturnType<typeof spawn>, limitS: number): Promise<string | undefined> {
  const limit = AbortSignal.timeout(limitS * 1_000)
  try {
    const [code, signal] = (await once(child, 'exit', { signal: limit })) as [number | null, string | null]
    return code === 0 ? undefined : `ended with ${code ?? signal}`
  } catch (error) {
    if (limit.aborted) return `still ran after ${limitS} s, and was ended`
    return `could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
}
