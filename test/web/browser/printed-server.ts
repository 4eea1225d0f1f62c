/** A server as `npm start` starts it, in a process of its own, and the address that it prints for a person. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WatchedProcess } from '../../support/watched-process.ts'

export const PAGE_KEY = 'sk-test-key-of-the-walks'

export interface PrintedServer extends AsyncDisposable {
  readonly url: string
  readonly key: string
  /** Another one-time address for a page that has not come in yet. */
  readonly entry: string
}

export interface PrintedServerOptions {
  /** The text of a scenario file for the offline engine. */
  readonly scenarios?: string
  readonly environment?: Readonly<Record<string, string>>
}

export async function startPrintedServer(options: PrintedServerOptions = {}): Promise<PrintedServer> {
  const { scenarios, environment = {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-walk-'))
  const file = join(folder, 'scenarios.yaml')
  if (scenarios !== undefined) writeFileSync(file, scenarios)
  const server = new WatchedProcess({
    folder,
    environment: {
      MOONBASE_API_KEY: PAGE_KEY,
      MOONBASE_LOG_LEVEL: 'warn',
      ...(scenarios === undefined ? {} : { MOONBASE_SCENARIOS: file }),
      ...environment,
    },
  })
  const close = async (): Promise<void> => {
    await server.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await server.url()
    await server.says(ENTRY_LINE)
    const entry = /^Open (http:\S+)$/m.exec(`${server.out}\n${server.err}`)?.[1]
    if (entry === undefined) throw new Error(`no address was printed: ${server.err}`)
    return { url, key: PAGE_KEY, entry, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What stands in every printed address; the token behind it is for one use. */
const ENTRY_LINE = '/#enter='
