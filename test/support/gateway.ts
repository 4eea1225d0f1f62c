/** `moonbase serve` in a process of its own, as operators start it, that can be killed as by a crash. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { once } from './eventually.ts'

export const GATEWAY_ADMIN_KEY = 'sk-test-admin-key-of-the-gateways'
export const GATEWAY_API_KEY = 'sk-test-key-of-the-gateways'

export interface GatewayPlan {
  /** What it keeps, and where it is started: no file of whoever plays changes what is played. */
  readonly folder: string
  /** The text of a scenario file. */
  readonly scenarios?: string
  /** The text of a `moonbase.yaml`. */
  readonly config?: string
  /** More variables, such as where the store is. */
  readonly environment?: Readonly<Record<string, string>>
  /** Words for Node itself. */
  readonly flags?: readonly string[]
  /** That its process may have at once; without it as many as this one. */
  readonly descriptors?: number
}

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/moonbase.mjs', import.meta.url))
/** Longer than a loaded machine needs to start a process. */
const START_MS = 60_000
const STOP_MS = 60_000
const MOST_WORDS = 4_000

export class Gateway {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#process = child
    this.url = url
  }

  static async start(plan: GatewayPlan): Promise<Gateway> {
    const { folder, scenarios, config, environment = {}, flags = [], descriptors } = plan
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'scenarios.yaml')
    if (scenarios !== undefined) writeFileSync(file, scenarios)
    const configFile = join(folder, 'moonbase.yaml')
    if (config !== undefined) writeFileSync(configFile, config)
    const configured = config === undefined ? [] : ['--config', configFile]
    const words = [...flags, COMMAND, 'serve', '--port', '0', '--data', join(folder, 'data'), ...configured]
    const limited = ['-c', 'ulimit -n "$0" && exec "$@"', String(descriptors), process.execPath, ...words]
    const [program, ...rest] = descriptors === undefined ? [process.execPath, ...words] : ['/bin/sh', ...limited]
    const child = spawn(program, rest, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        MOONBASE_API_KEY: GATEWAY_API_KEY,
        MOONBASE_ADMIN_KEY: GATEWAY_ADMIN_KEY,
        MOONBASE_LOG_LEVEL: 'error',
        ...(scenarios === undefined ? {} : { MOONBASE_SCENARIOS: file }),
        ...environment,
      },
    })
    const end = (): void => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    return new Gateway(child, await addressOf(child))
  }

  /** Of its process. */
  get pid(): number {
    return this.#process.pid ?? -1
  }

  /** As a crash: at once, whatever it was doing. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** As an operator does it. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await this.#end('SIGTERM')
    clearTimeout(late)
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    await gone
  }
}

/** From the one line on its stdout. What it says otherwise is read, so that it never waits for us, and told if it ends. */
function addressOf(child: ChildProcess): Promise<string> {
  const address = Promise.withResolvers<string>()
  let words = ''
  let line = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MOST_WORDS)
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    line = (line + text).slice(-MOST_WORDS)
    const url = / listening on (\S+)\n/.exec(line)?.[1]
    if (url !== undefined) address.resolve(url)
  })
  const late = setTimeout(() => address.reject(new Error(`the server did not start in time: ${words}`)), START_MS)
  child.once('error', address.reject)
  child.once('exit', (code, signal) => {
    address.reject(new Error(`the server has ended with ${code ?? signal}: ${words}`))
  })
  return address.promise.finally(() => clearTimeout(late))
}
