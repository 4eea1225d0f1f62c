/** `moonbase serve` in a process of its own, of which every byte that it writes is kept. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/moonbase.mjs', import.meta.url))

export interface WatchedStart {
  /** Where it is started, and where it keeps its data. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

export class WatchedProcess {
  out = ''
  err = ''
  readonly #child: ChildProcess

  constructor({ folder, environment }: WatchedStart) {
    this.#child = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--data', `${folder}/data`], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], ...environment },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    const end = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', end)
    this.#child.once('close', () => process.off('exit', end))
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    const [, url] = (await this.#until(() => / listening on (\S+)\n/.exec(this.out))) ?? []
    if (url === undefined) throw new Error(`the server did not start: ${this.err}`)
    return url
  }

  /** Resolves when it has said this on stderr, so often. */
  async says(text: string, times = 1): Promise<void> {
    const said = await this.#until(() => (this.err.split(text).length > times ? true : undefined))
    if (said === undefined) throw new Error(`the server never said ${text}: ${this.err}`)
  }

  /** As an operator who wants it to read its configuration again. */
  hangUp(): void {
    this.#child.kill('SIGHUP')
  }

  /** Waits for its end, which it comes to by itself, or by the signal. @returns its exit code */
  async end(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (signal !== undefined) this.#child.kill(signal)
    await this.#until(() => (this.#hasEnded ? true : undefined))
    return this.#child.exitCode
  }

  get #hasEnded(): boolean {
    const { exitCode, signalCode, stderr, stdout } = this.#child
    return (exitCode !== null || signalCode !== null) && stderr?.closed !== false && stdout?.closed !== false
  }

  /** `undefined`: it ended first. */
  async #until<Found>(look: () => Found | null | undefined): Promise<Found | undefined> {
    const seen = await eventually(
      () => ({ found: look() ?? undefined, ended: this.#hasEnded, out: this.out, err: this.err }),
      ({ found, ended }) => found !== undefined || ended,
    )
    return seen.found
  }
}
