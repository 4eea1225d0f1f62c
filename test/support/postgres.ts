/** A PostgreSQL of a test's own, on loopback, that can be stopped as by a crash, paused, and started with what it had. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually, once } from './eventually.ts'
import { onFreePort } from './free-port.ts'

const run = promisify(execFile)

/** Debian keeps each version's programs in a folder of its own, away from the path. */
const VERSIONS = '/usr/lib/postgresql'
const NEEDED = ['initdb', 'postgres', 'psql'] as const
const OWNER = 'postgres'
/** Of what it says, for the message when it does not start. */
const MAX_SAID = 4_096
/** It says so when everybody is let in, and not before it has read again what a crash had left in its log. */
const READY = 'database system is ready to accept connections'
const OTHERS = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend'`

/** Who runs it, and where its programs are. */
interface Installation {
  readonly folder: string
  /** PostgreSQL refuses to be root. */
  readonly as: { readonly uid: number; readonly gid: number } | undefined
}

const installation = findInstallation()

/** Why tests with PostgreSQL are skipped on this machine; `false`: they are not. */
export const WITHOUT_POSTGRES: string | false = typeof installation === 'string' ? installation : false

export interface PostgresServer extends AsyncDisposable {
  /** Makes an empty database. Its `postgres://…` is the same after a restart. */
  database(): Promise<string>
  /** What `psql` says to a statement: rows as lines, columns between bars. For a look behind the back of who is tested. */
  ask(url: string, sql: string): Promise<string>
  /** Resolves when nobody is connected to the database: what was asked by those who are gone is done to its end. */
  deserted(url: string): Promise<void>
  /** Stands still, with its connections open: neither the server nor the processes of its connections answer. */
  pause(): void
  resume(): void
  /** As a crash: at once, with nothing written back. */
  kill(): Promise<void>
  /** Ends it if it runs, and starts it again with what was committed. */
  restart(): Promise<void>
}

export interface PostgresOptions {
  /**
   * Whether a commit waits until the disk has it, as everywhere but in tests. Without it nothing is lost but by a machine that goes
   * out: what was written outlives the server and its processes, which is all that tests end. Where something is to happen while a
   * commit takes its time, it has to be true to life.
   */
  readonly waitsForDisk?: boolean
}

export async function startPostgres({ waitsForDisk = true }: PostgresOptions = {}): Promise<PostgresServer> {
  if (typeof installation === 'string') throw new Error(installation)
  const { folder: programs, as } = installation
  const folder = await mkdtemp(join(tmpdir(), 'moonbase-postgres-'))
  if (as !== undefined) chownSync(folder, as.uid, as.gid)
  let port = 0
  // The folder of the tests may be closed to the user that PostgreSQL runs as.
  const how = { cwd: folder, ...as }
  const data = join(folder, 'data')
  const setUp = ['-D', data, '-U', OWNER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(join(programs, 'initdb'), setUp, how)
  const url = (database: string): string => `postgres://${OWNER}@127.0.0.1:${port}/${database}`
  const ask = async (of: string, sql: string): Promise<string> => {
    const words = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', of, '-c', sql]
    const { stdout } = await run(join(programs, 'psql'), words, how)
    return stdout.trim()
  }
  const start = async (): Promise<ChildProcess> => {
    const started = spawn(join(programs, 'postgres'), serverWords(data, port, waitsForDisk), {
      ...how,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const end = (): void => void started.kill('SIGQUIT')
    process.once('exit', end)
    started.once('exit', () => process.off('exit', end))
    await ready(started)
    return started
  }
  const { opened } = await onFreePort((tried) => {
    port = tried
    return start()
  })
  let child = opened
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    // Its immediate end: no process of a connection outlives it, and the next start reads the log as after a crash.
    child.kill('SIGQUIT')
    signal(child, 'SIGCONT')
    await exited
  }
  let made = 0
  return {
    async database() {
      const name = `test_${++made}`
      await ask(url(OWNER), `CREATE DATABASE ${name}`)
      return url(name)
    },
    ask,
    async deserted(of) {
      await eventually(
        () => ask(of, OTHERS),
        (count) => count === '0',
      )
    },
    pause: () => signal(child, 'SIGSTOP'),
    resume: () => signal(child, 'SIGCONT'),
    kill,
    async restart() {
      await kill()
      child = await start()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function serverWords(data: string, port: number, waitsForDisk: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: waitsForDisk ? 'on' : 'off',
    full_page_writes: waitsForDisk ? 'on' : 'off',
    synchronous_commit: 'on',
    shared_buffers: '32MB',
    max_connections: 100,
    max_wal_size: '256MB',
    // Of what it logs, the start is waited for.
    log_min_messages: 'log',
  }
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Waits for as long as it takes: a server that cannot start ends. What it says later is read, so that it never waits for us. */
function ready(child: ChildProcess): Promise<void> {
  const start = Promise.withResolvers<void>()
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.includes(READY)) start.resolve()
    said = said.slice(-MAX_SAID)
  })
  child.once('error', start.reject)
  // With the last of its words.
  child.once('close', () => {
    start.reject(new Error(`PostgreSQL did not start: ${said.trim() || 'it said nothing'}`))
  })
  return start.promise
}

/** To the server and to the processes that it has made for its connections, but those that end meanwhile. */
function signal({ pid }: ChildProcess, name: 'SIGSTOP' | 'SIGCONT'): void {
  if (pid === undefined) return
  // The server first, so that it makes no others meanwhile.
  signalOne(pid, name)
  for (const each of childrenOf(pid)) signalOne(each, name)
}

function signalOne(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return children.split(' ').flatMap((child) => (/^\d+$/.test(child) ? [Number(child)] : []))
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return []
    throw error
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

function findInstallation(): Installation | string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = versions.map((version) => join(VERSIONS, version, 'bin'))
  const folder = folders.find((bin) => NEEDED.every((program) => existsSync(join(bin, program))))
  if (folder === undefined) return `PostgreSQL is not installed: no ${NEEDED.join(', ')} below ${VERSIONS}`
  if (process.getuid?.() !== 0) return { folder, as: undefined }
  const number = (of: string): number => Number.parseInt(spawnSync('id', [of, OWNER]).stdout.toString(), 10)
  const [uid, gid] = [number('-u'), number('-g')]
  if (Number.isNaN(uid)) return `PostgreSQL does not run as root, and there is no user "${OWNER}"`
  return { folder, as: { uid, gid } }
}
