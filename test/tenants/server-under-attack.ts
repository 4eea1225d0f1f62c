/** A server in a process of its own, with little memory and few descriptors, a host of the model behind it and two customers. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '../chaos/child.ts'
import { once } from '../support/eventually.ts'
import { AUTOGROUP, SERVER_NICE } from './rank.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from '../support/operator.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/moonbase.mjs', import.meta.url))
export const HEAP_MB = 512
export const DESCRIPTORS = 1024
const START_MS = 60_000
const MOST_START_BYTES = 1024 * 1024

export interface ServerUnderAttack {
  readonly url: string
  readonly hostile: Customer
  readonly other: Customer
  readonly pid: number
  /** Most memory that was ever resident, in megabytes. Linux tells. */
  peakMb(): number
  close(): Promise<void>
}

export async function startServerUnderAttack(): Promise<ServerUnderAttack> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-tenants-'))
  const host = new Child(new URL('./host-process.ts', import.meta.url), [], true)
  const port = await host.next<number>('port')
  // The shell lowers what node would raise, and takes a rank where the system lets it.
  const rank = `{ renice -n ${SERVER_NICE} $$; echo ${SERVER_NICE} > ${AUTOGROUP}; } > /dev/null 2>&1`
  const words = `ulimit -n ${DESCRIPTORS}; ${rank}; exec "$0" "$@"`
  const child = spawn(
    'sh',
    ['-c', words, process.execPath, COMMAND, 'serve', '--port', '0', '--data', `${folder}/data`],
    {
      cwd: folder,
      // A session of its own.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
        MOONBASE_UPSTREAM: `http://127.0.0.1:${port}/v1`,
        MOONBASE_ADMIN_KEY: TEST_ADMIN_KEY,
        MOONBASE_LOG_LEVEL: 'silent',
        ...(process.env['MOONBASE_TOKENIZER'] === undefined
          ? {}
          : { MOONBASE_TOKENIZER: process.env['MOONBASE_TOKENIZER'] }),
      },
    },
  )
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  const close = async (): Promise<void> => {
    process.off('exit', end)
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      end()
      await gone
    }
    await host.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await readyUrl(child.stdout)
    const operator = new Operator({ url })
    const wishes = { voucher: '1000', tier: '5' }
    const [hostile, other] = [await operator.customer(wishes), await operator.customer(wishes)]
    const { pid = 0 } = child
    return {
      pid,
      url,
      hostile,
      other,
      peakMb: () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function readyUrl(out: NodeJS.ReadableStream): Promise<string> {
  const signal = AbortSignal.timeout(START_MS)
  let said = ''
  out.setEncoding('utf8')
  while (said.length < MOST_START_BYTES) {
    const [text] = (await once(out, 'data', { signal })) as [string]
    said += text
    const url = / listening on (\S+)\n/.exec(said)?.[1]
    if (url === undefined) continue
    out.resume()
    return url
  }
  throw new Error('the server did not start')
}
