/** A real server on a free port of this machine, in this process, with a data folder of its own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, type ServeOptions, serve } from '@moonbase/server'

export const TEST_KEY = 'sk-test-key-of-the-end-to-end-tests'

export interface TestServer {
  readonly url: string
  readonly key: string
  /** Writes another `moonbase.yaml` in place of the first, and has the server read it. */
  reload(config: string): ReturnType<RunningServer['reload']>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestServerOptions {
  /** The text of a `moonbase.yaml`. */
  readonly config?: string
  /** The text of a scenario file for the offline engine. */
  readonly scenarios?: string
  readonly environment?: Readonly<Record<string, string>>
  /** APIs beside the server's own. */
  readonly apis?: ServeOptions['apis']
  /** The folder of a built page; without one the server has the workbench, where that is built. */
  readonly page?: string
  /** How long answers may go on at a replica that a reload has taken away. */
  readonly drainMs?: number
}

export async function startServer({
  config,
  scenarios,
  environment = {},
  apis,
  page,
  drainMs,
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-test-'))
  const file = join(folder, 'moonbase.yaml')
  const scenarioFile = join(folder, 'scenarios.yaml')
  if (config !== undefined) writeFileSync(file, config)
  if (scenarios !== undefined) writeFileSync(scenarioFile, scenarios)
  const server = await serve({
    arguments: { port: 0, data: join(folder, 'data'), ...(config === undefined ? {} : { config: file }) },
    environment: {
      MOONBASE_API_KEY: TEST_KEY,
      MOONBASE_ADMIN_KEY: 'sk-test-admin-key',
      MOONBASE_LOG_LEVEL: 'silent',
      ...(scenarios === undefined ? {} : { MOONBASE_SCENARIOS: scenarioFile }),
      ...environment,
    },
    print: () => undefined,
    ...(apis === undefined ? {} : { apis }),
    ...(page === undefined ? {} : { page }),
    ...(drainMs === undefined ? {} : { drainMs }),
  })
  const reload: TestServer['reload'] = (text) => {
    writeFileSync(file, text)
    return server.reload()
  }
  const close = async (): Promise<void> => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: server.url, key: TEST_KEY, reload, close, [Symbol.asyncDispose]: close }
}
