/** A Redis of a test's own, on loopback, that can be stopped, paused and started again with what it had. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, once } from './eventually.ts'
import { onFreePort } from './free-port.ts'

const PROGRAM = 'redis-server'

/** Why tests with Redis are skipped on this machine; `false`: they are not. */
export const WITHOUT_REDIS: string | false =
  spawnSync(PROGRAM, ['--version']).status === 0 ? false : `${PROGRAM} is not installed`

export interface RedisServer extends AsyncDisposable {
  /** `redis://…`, the same after a restart. */
  readonly url: string
  /** Stands still, with its connections open. */
  pause(): void
  resume(): void
  /** As a crash: at once. */
  kill(): Promise<void>
  /** Ends it if it runs, and starts it again. With `keep` it has what it had, at most a second old after a crash. */
  restart(): Promise<void>
}

export async function startRedis({ keep = false }: { readonly keep?: boolean } = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'moonbase-redis-'))
  const { port, opened } = await onFreePort((tried) => start(tried, folder, keep))
  let child = opened
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill()
      child = await start(port, folder, keep)
    },
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function start(port: number, folder: string, keep: boolean): Promise<ChildProcess> {
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: keep ? 'yes' : 'no',
    loglevel: 'warning',
  }
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(PROGRAM, words, { stdio: 'ignore' })
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  await eventually(
    async () => child.exitCode ?? ((await answers(port)) ? 'answers' : 'starts'),
    (state) => state !== 'starts',
  )
  if (child.exitCode !== null) throw new Error(`${PROGRAM} did not start, and ended with ${child.exitCode}`)
  return child
}

/** Not only accepts: it has read what it had kept. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(1_000, () => {
      socket.destroy()
    })
    socket.on('connect', () => {
      socket.write('PING\r\n')
    })
    socket.on('data', (bytes) => {
      resolve(bytes.toString().startsWith('+PONG'))
      socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(false)
    })
  })
}
