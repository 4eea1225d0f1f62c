/** moonbase as anybody runs it, started by its own command, with everything on that is on by default. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Child } from '../child.ts'
import { processTree } from '../process-usage.ts'
import { scratchFolder } from '../scratch.ts'
import { CHAT_PATH, type RunningSubject, type Subject } from './subject.ts'

const API_KEY = 'sk-bench-0123456789abcdef0123456789abcdef0123456789abcdef'

export interface MoonbaseOptions {
  /** The command to start, for measuring another build; the repository's own when absent. */
  readonly command?: string
  /** Options of Node for this subject only, such as `--cpu-prof`. */
  readonly nodeOptions?: string
}

export function moonbase(options: MoonbaseOptions): Subject {
  const command = options.command ?? fileURLToPath(new URL('../../packages/cli/bin/moonbase.mjs', import.meta.url))
  return {
    name: 'moonbase',
    about: 'as it starts by default: keys checked, the rules of the contract applied, each request logged to a file',
    absence: () => (existsSync(command) ? undefined : `there is no ${command}`),
    start: (upstreamPort, core) => startMoonbase(command, options, upstreamPort, core),
  }
}

async function startMoonbase(
  command: string,
  options: MoonbaseOptions,
  upstreamPort: number,
  core: number | undefined,
): Promise<RunningSubject> {
  const data = scratchFolder('moonbase-data')
  const begun = performance.now()
  const child = new Child({
    name: 'moonbase',
    command: [process.execPath, command, 'serve', '--port', '0', '--data', data],
    core,
    cwd: data,
    env: {
      MOONBASE_UPSTREAM: `http://127.0.0.1:${upstreamPort}/v1`,
      MOONBASE_UPSTREAM_FLAVOUR: 'generic',
      MOONBASE_API_KEY: API_KEY,
      ...(options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions }),
    },
  })
  const port = Number(await child.line(/^moonbase listening on http:\/\/127\.0\.0\.1:(\d+)/))
  return {
    target: { port, path: CHAT_PATH, headers: { authorization: `Bearer ${API_KEY}` } },
    startMs: performance.now() - begun,
    pids: () => processTree(child.pid),
    stop: () => child.stop(),
  }
}
