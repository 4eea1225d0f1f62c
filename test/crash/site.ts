/** Where a server runs that is to be killed: what it keeps stays, and it is started again on it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Gateway } from '../support/gateway.ts'
import { scenarioFile } from './scripts.ts'

export interface Crash {
  /** For the table. */
  readonly what: 'server' | 'database' | 'both'
  /** When the server was killed while its store was well, by `performance.now()`. */
  readonly killedAt: number | undefined
}

export interface CrashSite extends AsyncDisposable {
  readonly name: string
  /** Of the server that runs now. */
  readonly url: string
  /** Seconds that holds of a server that is gone may stay open. */
  readonly patienceS: number
  crash(random: () => number): Promise<Crash>
  /** All is there again. */
  recover(random: () => number): Promise<void>
}

/** A folder of its own, and the server that was started last. */
export class Home {
  readonly folder: string
  readonly #environment: Readonly<Record<string, string>>
  #gateway: Gateway | undefined

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder
    this.#environment = environment
  }

  static async open(environment: Readonly<Record<string, string>> = {}): Promise<Home> {
    const home = new Home(await mkdtemp(join(tmpdir(), 'moonbase-crash-')), environment)
    await home.start()
    return home
  }

  get url(): string {
    return this.#running().url
  }

  async start(): Promise<void> {
    const { folder } = this
    this.#gateway = await Gateway.start({ folder, scenarios: scenarioFile(), environment: this.#environment })
  }

  async kill(): Promise<void> {
    await this.#running().kill()
  }

  async close(): Promise<void> {
    await this.#gateway?.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  #running(): Gateway {
    if (this.#gateway === undefined) throw new Error('no server was started')
    return this.#gateway
  }
}

export async function openSqliteSite(): Promise<CrashSite> {
  const home = await Home.open()
  return {
    name: 'SQLite',
    // It mends before it serves.
    patienceS: 0,
    get url() {
      return home.url
    },
    async crash() {
      const killedAt = performance.now()
      await home.kill()
      return { what: 'server', killedAt }
    },
    recover: () => home.start(),
    [Symbol.asyncDispose]: () => home.close(),
  }
}
