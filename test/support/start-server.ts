/** A real server on a free port of this machine, in this process, with a data folder of its own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@moonbase/server'

export const TEST_KEY = 'sk-test-key-of-the-end-to-end-tests'

export interface TestServer {
  readonly url: string
  readonly key: string
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestServerOptions {
  /** The text of a `moonbase.yaml`. */
  readonly config?: string
  /** The text of a scenario file for the offline engine. */
  readonly scenarios?: string
  readonly environment?: Readonly<Record<string, string>>
}

export async function startServer({
  config,
  scenarios,
  environment = {},
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
  })
  const close = async (): Promise<void> => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: server.url, key: TEST_KEY, close, [Symbol.asyncDispose]: close }
}
