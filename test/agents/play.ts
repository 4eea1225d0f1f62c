/** One agent, one trouble: a server of its own with the script, an empty home, the task, and what came of it. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Operator } from '../support/operator.ts'
import { startServer } from '../support/start-server.ts'
import type { Agent, Ground } from './agent.ts'
import { type Verdict, judge } from './judge.ts'
import { openRefusingProxy } from './refusing-proxy.ts'
import { requestLog } from './request-log.ts'
import { type AgentEnd, runAgent } from './run-agent.ts'
import { scenarioFile } from './scenario-file.ts'
import { PROMPT, layOut, undone } from './task.ts'
import type { Trouble } from './troubles.ts'

export interface Played extends Verdict {
  readonly seconds: number
  readonly requests: number
  /** Hosts that it asked for beside the server. */
  readonly wanted: readonly string[]
  /** Processes that it left behind. */
  readonly left: readonly string[]
  /** Where all of it lies, if it was to be kept. */
  readonly kept: string | undefined
}

/** Scripted engines are not routed around unless the configuration says how. */
const DIRECT = 'listen: { host: 127.0.0.1 }'
const ROUTED = 'routing: { attempts: 4, seams: 3 }'

export async function play(agent: Agent, trouble: Trouble, keep = false): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), `moonbase-agent-${agent.id}-${trouble.id}-`))
  const [home, work] = [join(folder, 'home'), join(folder, 'work')]
  for (const made of [home, work]) mkdirSync(made)
  layOut(work)
  const calls = agent.calls(work)
  const scenarios = scenarioFile(calls, trouble, agent.compaction)
  await using server = await startServer({ scenarios, config: trouble.routed === true ? ROUTED : DIRECT })
  await using proxy = await openRefusingProxy()
  const operator = new Operator(server)
  const customer = await operator.customer({
    recharge: '100',
    tier: null,
    key: { lenient: agent.lenient ?? [] },
    project: { content_retention_days: 1 },
  })
  const ground: Ground = { url: server.url, key: customer.key, home, work }
  const ends = await runCommands(agent, ground, proxy.url)
  const requests = await requestLog(server.url, operator, customer)
  const last = ends.at(-1)
  const verdict = judge({ failure: last?.failure, undone: undone(work), requests }, calls, trouble)
  if (keep) {
    const said = ends.map((end) => end.said).join('\n')
    writeFileSync(join(folder, 'said.log'), said)
    writeFileSync(join(folder, 'scenarios.yaml'), scenarios)
    writeFileSync(join(folder, 'requests.json'), JSON.stringify(requests, undefined, 2))
  } else rmSync(folder, { recursive: true, force: true })
  return {
    ...verdict,
    seconds: ends.reduce((sum, end) => sum + end.seconds, 0),
    requests: requests.length,
    wanted: [...proxy.wanted],
    left: ends.flatMap((end) => end.left),
    kept: keep ? folder : undefined,
  }
}

/** Up to the first that fails. */
async function runCommands(agent: Agent, ground: Ground, proxy: string): Promise<AgentEnd[]> {
  const { home, work } = ground
  const environment = { ...surroundings(home, proxy), ...agent.environment(ground) }
  // Some want one to stand on.
  spawnSync('git', ['init', '--quiet'], { cwd: work, env: environment })
  for (const [path, text] of Object.entries(agent.settings?.(ground) ?? {})) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  const ends: AgentEnd[] = []
  for (const command of agent.commands(ground, PROMPT)) {
    const end = await runAgent({ command, folder: work, environment, limitS: agent.limitS })
    ends.push(end)
    if (end.failure !== undefined) break
  }
  return ends
}

/** Nothing of whoever runs this goes along but the way to programs, our own Node first. */
function surroundings(home: string, proxy: string): Readonly<Record<string, string>> & { readonly HOME: string } {
  const temporary = join(home, '.temporary')
  mkdirSync(temporary)
  const through = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '127.0.0.1,localhost' }
  const lower = Object.fromEntries(Object.entries(through).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    CI: '1',
    ...through,
    ...lower,
  }
}
