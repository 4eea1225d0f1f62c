/** A start that cannot be: what stood in the way and what to do about it, in one line, without a stack. */

import assert from 'node:assert/strict'
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '@moonbase/server'
import { StartError } from '@moonbase/server/configuration'
import { once } from './support/eventually.ts'
import { startServer } from './support/start-server.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/moonbase.mjs', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'moonbase-start-'))
after(() => rmSync(root, { recursive: true }))

const ELSEWHERE = 'choose another folder with MOONBASE_DATA or --data'
/** With these no file of generated keys is needed, and what is to be kept first is another thing. */
const OWN_KEYS = { MOONBASE_API_KEY: 'sk-a-key-for-tests', MOONBASE_ADMIN_KEY: 'sk-another-key-for-tests' }
const NOBODY = 65534

/** A start in this process. @returns all that its operator is told */
async function refusal(given: Readonly<Record<string, string | number>>, environment = {}): Promise<string> {
  const started = serve({ arguments: { port: 0, ...given }, environment, print: () => undefined })
  return started.then(
    async (server) => {
      await server.close()
      return assert.fail('it started')
    },
    (error: unknown) => (error instanceof StartError ? error.lines.join('\n') : assert.fail(String(error))),
  )
}

/** A start in a process of its own. @returns the last that it says; what comes before is said by every start */
async function lastWords(data: string, environment: Readonly<Record<string, string>>, options: SpawnOptions) {
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    ...options,
  })
  assert.ok(child.stdout !== null && child.stderr !== null)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.deepEqual([out, code], ['', 1], err)
  return err.replace(/^(?:(?:configuration|engine \w+|strict): .*\n)*/, '')
}

describe('a start says in one line what to do', () => {
  it('where another program listens', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const { port } = address
    assert.equal(
      await refusal({ port, data: join(root, 'port') }),
      `cannot listen on 127.0.0.1:${port}: another program listens there: stop it, or choose another port with MOONBASE_PORT or --port (0: any free one)`,
    )
    other.close()
  })

  it('where this machine does not have the address', async () => {
    // Of TEST-NET-1, which nobody has.
    assert.equal(
      await refusal({ host: '192.0.2.1', data: join(root, 'host') }, OWN_KEYS),
      'cannot listen on 192.0.2.1:0: this machine has no such address: choose one of its own with MOONBASE_HOST or --host',
    )
  })

  it('where another server has the data folder', async () => {
    const path = join(root, 'shared', 'moonbase.db')
    await using _first = await startServer({ environment: { MOONBASE_STORE: `sqlite:${path}` } })
    assert.equal(
      await refusal({ data: join(root, 'shared') }, OWN_KEYS),
      `the accounts cannot be opened in ${path}: another server uses it: stop that one, or give this one a folder of its own with MOONBASE_DATA or --data`,
    )
  })

  it('where a file stands in the place of the data folder, with and without keys of the operator', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    for (const environment of [{}, OWN_KEYS]) {
      for (const data of [file, join(file, 'data')]) {
        assert.equal(
          await refusal({ data }, environment),
          `${file} is a file, and a folder is needed there: move it away, or ${ELSEWHERE}`,
        )
      }
    }
  })

  const start = withoutRights()
  it('where the data folder may not be written, whoever brings the keys', { skip: start.skip }, async () => {
    const data = join(root, 'closed')
    mkdirSync(data)
    chmodSync(data, 0o555)
    for (const environment of [{}, OWN_KEYS]) {
      const told = await lastWords(data, environment, start.options)
      assert.equal(told, `${data} ${start.why('0555', data, data)}, or ${ELSEWHERE}\n`)
    }
  })

  it('where a start as root once left its lock, which would exclude nobody', { skip: start.skip }, async () => {
    const data = join(root, 'once-of-root')
    const lock = join(data, 'moonbase.db-lock')
    mkdirSync(data)
    writeFileSync(lock, '')
    chmodSync(lock, 0o444)
    chmodSync(data, 0o777)
    const told = await lastWords(data, OWN_KEYS, start.options)
    assert.equal(told, `${lock} ${start.why('0444', lock, data)}, or ${ELSEWHERE}\n`)
  })
})

/** Who starts, and is refused what this process has made. */
interface Start {
  readonly skip: string | false
  readonly options: SpawnOptions
  /** What he is told of a path in his data folder. */
  readonly why: (mode: string, path: string, data: string) => string
}

/** Root may write anywhere, so that it has to start somebody else. */
function withoutRights(): Start {
  if (process.getuid?.() !== 0) {
    const skip = process.platform === 'win32' ? 'Windows keeps no file modes' : false
    const why: Start['why'] = (mode, path) => `may not be written (mode ${mode}): chmod u+rwX ${path}`
    return { skip, options: {}, why }
  }
  // To be found, that is, by whom it starts as.
  chmodSync(root, 0o755)
  const options = { uid: NOBODY, gid: NOBODY }
  const mayRead = spawnSync(process.execPath, [bin, '--version'], options).status === 0
  return {
    skip: mayRead ? false : 'only root may read this clone, and root may write anywhere',
    options,
    why: (_, _path, data) => `belongs to user 0, and moonbase runs as user ${NOBODY}: chown -R ${NOBODY} ${data}`,
  }
}
