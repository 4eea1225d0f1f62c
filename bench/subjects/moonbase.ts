/** moonbase as anybody runs it, started by its own command: with everything on, and without accounts. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Child } from '../child.ts'
import { processTree } from '../process-usage.ts'
import { scratchFolder } from '../scratch.ts'
import { CHAT_PATH, type RunningSubject, type Subject } from './subject.ts'

const ADMIN_KEY = 'sk-bench-admin-89abcdef0123456789abcdef0123456789abcdef'
const API_KEY = 'sk-bench-0123456789abcdef0123456789abcdef0123456789abcdef'

export interface MoonbaseOptions {
  /** The command to start, for measuring another build; the repository's own when absent. */
  readonly command?: string
  /** Options of Node for this subject only, such as `--cpu-prof`. */
  readonly nodeOptions?: string
}

export function moonbase(options: MoonbaseOptions): Subject {
  const command = options.command ?? COMMAND
  return {
    name: 'moonbase',
    about:
      'as it starts by default, in a tier with all limits: keys, rules, limits of requests and tokens, money held and settled on disk, each request logged',
    absence: () => (existsSync(command) ? undefined : `there is no ${command}`),
    async start(upstreamPort, core) {
      const running = await startMoonbase(command, options, upstreamPort, core, {})
      await limitRequests(running.target.port)
      return running
    },
  }
}

/** What stands beside gateways that have no accounts either. */
export function moonbaseAlone(options: MoonbaseOptions): Subject {
  return {
    ...moonbase(options),
    name: 'no-accounts',
    about:
      'moonbase with store: none, as a gateway without accounts is run: keys, rules, concurrency, log; nothing charged',
    start: (upstreamPort, core) =>
      startMoonbase(options.command ?? COMMAND, options, upstreamPort, core, { MOONBASE_STORE: 'none' }),
  }
}

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/moonbase.mjs', import.meta.url))

/** Limits that count every request and every token, and are never reached. */
async function limitRequests(port: number): Promise<void> {
  const admin = async (path: string, body?: object): Promise<unknown> => {
    const reply = await fetch(`http://127.0.0.1:${port}/admin/v1/${path}`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
    return reply.json()
  }
  const recharge = { USD: null, CNY: null }
  await admin('tiers/bench', { concurrency: 100_000, rpm: 1e9, tpm: 1e13, tpd: 1e15, recharge })
  const found = JSON.stringify(await admin('organisations')).match(/"id":"(org-[0-9a-f]+)"/)
  await admin(`organisations/${found?.[1]}`, { tier: 'bench' })
}

async function startMoonbase(
  command: string,
  options: MoonbaseOptions,
  upstreamPort: number,
  core: number | undefined,
  environment: Readonly<Record<string, string>>,
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
      MOONBASE_ADMIN_KEY: ADMIN_KEY,
      ...environment,
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
