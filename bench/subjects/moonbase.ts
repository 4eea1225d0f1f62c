/** moonbase as anybody runs it, started by its own command: with everything on, and without accounts. */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '../child.ts'
import { processTree } from '../process-usage.ts'
import { scratchFolder } from '../scratch.ts'
import { openAccounts } from './bench-accounts.ts'
import { inspectorOf, inspectWords } from './inspected.ts'
import { CHAT_PATH, type HowToStart, type RunningSubject, type Subject, type SubjectKind } from './subject.ts'

const ADMIN_KEY = 'sk-bench-admin-89abcdef0123456789abcdef0123456789abcdef'
const API_KEY = 'sk-bench-0123456789abcdef0123456789abcdef0123456789abcdef'

/** One build of moonbase, by the command that starts it. */
export interface MoonbaseBuild {
  readonly command: string
  /** What another checkout is called in the report; absent for the one that is measured. */
  readonly name?: string
  /** Options of Node for this subject only, such as `--cpu-prof`. */
  readonly nodeOptions?: string
}

const COMMAND = 'packages/cli/bin/moonbase.mjs'

export function ownBuild(command?: string, nodeOptions?: string): MoonbaseBuild {
  return {
    command: command ?? fileURLToPath(new URL(`../../${COMMAND}`, import.meta.url)),
    ...(nodeOptions === undefined ? {} : { nodeOptions }),
  }
}

/** The same server of another checkout, to be measured in the same rounds. */
export function buildOf({ name, folder }: { readonly name: string; readonly folder: string }): MoonbaseBuild {
  return { name, command: join(folder, COMMAND) }
}

export function moonbase(build: MoonbaseBuild): Subject {
  return {
    kind: 'moonbase',
    name: named('moonbase', build),
    about: about(
      build,
      'as it starts by default, in a tier with all limits: keys, rules, limits of requests and tokens, money held and settled on disk, each request logged',
    ),
    absence: () => absenceOf(build),
    isNode: true,
    start: (upstreamPort, core, how) => startWithAccounts(build, upstreamPort, core, {}, how),
  }
}

/** Without the model's own vocabulary, which is not ours to ship, prompts are counted by one that is close. */
export function moonbaseExact(build: MoonbaseBuild): Subject {
  const vocabulary = process.env['MOONBASE_TOKENIZER']
  return {
    kind: 'exact-counts',
    name: named('exact-counts', build),
    about: about(build, "moonbase with the model's own vocabulary, for the loads whose prompts are long"),
    absence: () => (vocabulary === undefined ? 'MOONBASE_TOKENIZER names no vocabulary' : absenceOf(build)),
    isNode: true,
    start: (upstreamPort, core, how) =>
      startWithAccounts(build, upstreamPort, core, { MOONBASE_TOKENIZER: resolve(vocabulary ?? '') }, how),
  }
}

/** What stands beside gateways that have no accounts either. */
export function moonbaseAlone(build: MoonbaseBuild): Subject {
  return {
    kind: 'no-accounts',
    name: named('no-accounts', build),
    about: about(
      build,
      'moonbase with store: none, as a gateway without accounts is run: keys, rules, concurrency, log; nothing charged',
    ),
    absence: () => absenceOf(build),
    isNode: true,
    start: (upstreamPort, core, how) => startMoonbase(build, upstreamPort, core, { MOONBASE_STORE: 'none' }, how),
  }
}

function named(kind: SubjectKind, { name }: MoonbaseBuild): string {
  return name === undefined ? kind : `${kind}@${name}`
}

function about({ name }: MoonbaseBuild, what: string): string {
  return name === undefined ? what : `the same of another checkout, ${name}`
}

function absenceOf({ command }: MoonbaseBuild): string | undefined {
  return existsSync(command) ? undefined : `there is no ${command}`
}

async function startWithAccounts(
  build: MoonbaseBuild,
  upstreamPort: number,
  core: number | undefined,
  environment: Readonly<Record<string, string>>,
  how: HowToStart = {},
): Promise<RunningSubject> {
  const running = await startMoonbase(build, upstreamPort, core, environment, how)
  const { port, path } = running.target
  const key = await openAccounts(port, ADMIN_KEY)
  return { ...running, neighbour: { port, path, headers: { authorization: `Bearer ${key}` } } }
}

async function startMoonbase(
  { command, nodeOptions }: MoonbaseBuild,
  upstreamPort: number,
  core: number | undefined,
  environment: Readonly<Record<string, string>>,
  how: HowToStart = {},
): Promise<RunningSubject> {
  const data = scratchFolder('moonbase-data')
  const begun = performance.now()
  const child = new Child({
    name: 'moonbase',
    command: [process.execPath, ...inspectWords(how), command, 'serve', '--port', '0', '--data', data],
    core,
    cwd: data,
    env: {
      MOONBASE_UPSTREAM: `http://127.0.0.1:${upstreamPort}/v1`,
      MOONBASE_UPSTREAM_FLAVOUR: 'generic',
      MOONBASE_API_KEY: API_KEY,
      MOONBASE_ADMIN_KEY: ADMIN_KEY,
      ...environment,
      ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
    },
  })
  const port = Number(await child.line(/^moonbase listening on http:\/\/127\.0\.0\.1:(\d+)/))
  return {
    target: { port, path: CHAT_PATH, headers: { authorization: `Bearer ${API_KEY}` } },
    startMs: performance.now() - begun,
    ...inspectorOf(child, how),
    pids: () => processTree(child.pid),
    stop: () => child.stop(),
  }
}
