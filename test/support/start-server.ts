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
  readonly environment?: Readonly<Record<string, string>>
}

export async function startServer({ config, environment = {} }: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-test-'))
  const file = join(folder, 'moonbase.yaml')
  if (config !== undefined) writeFileSync(file, config)
  const server = await serve({
    arguments: { port: 0, data: join(folder, 'data'), ...(config === undefined ? {} : { config: file }) },
    environment: { MOONBASE_API_KEY: TEST_KEY, MOONBASE_ADMIN_KEY: 'sk-test-admin-key', MOONBASE_LOG_LEVEL: 'silent', ...environment },
    print: () => undefined,
  })
  const close = async (): Promise<void> => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: server.url, key: TEST_KEY, close, [Symbol.asyncDispose]: close }
}
