/** Portkey's open gateway: the TypeScript peer, as its own package starts it, under the same Node. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '../child.ts'
import { processTree } from '../process-usage.ts'
import { inspectorOf, inspectWords } from './inspected.ts'
import { CHAT_PATH, type HowToStart, type RunningSubject, type Subject } from './subject.ts'

const PEERS = fileURLToPath(new URL('../peers', import.meta.url))
const SERVER = join(PEERS, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')
const LOOPBACK_ONLY = fileURLToPath(new URL('../peers/loopback-only.cjs', import.meta.url))

export const portkey: Subject = {
  kind: 'portkey',
  name: 'portkey',
  about: '@portkey-ai/gateway 1.15.2 with the older hono under which its streams work; no guardrails, no cache, no log',
  absence: () => (existsSync(SERVER) ? undefined : 'not installed: npm run bench:peers'),
  isNode: true,
  start: startPortkey,
}

async function startPortkey(
  upstreamPort: number,
  core: number | undefined,
  how: HowToStart = {},
): Promise<RunningSubject> {
  const begun = performance.now()
  const child = new Child({
    name: 'portkey',
    command: [process.execPath, ...inspectWords(how), '--require', LOOPBACK_ONLY, SERVER, '--headless'],
    core,
    env: { NODE_ENV: 'production' },
  })
  const port = Number(await child.line(/^bench listening on (\d+)$/))
  return {
    target: {
      port,
      path: CHAT_PATH,
      headers: {
        authorization: 'Bearer sk-bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      },
    },
    startMs: performance.now() - begun,
    ...inspectorOf(child, how),
    pids: () => processTree(child.pid),
    stop: () => child.stop(),
  }
}
