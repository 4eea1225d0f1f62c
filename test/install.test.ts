/**
 * What a newcomer sees of the README's first command, on a machine with an old Node: nothing that looks like trouble.
 *
 * npm holds every part against the Node that npm itself runs on, although ours run on the one that is brought along, and
 * has no switch for it that hides nothing else (docs/decisions/0020-a-quiet-install.md). So the parts are chosen.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { oldNode, onPath } from './support/old-node.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const copies = mkdtempSync(join(tmpdir(), 'moonbase-install-'))
after(() => rmSync(copies, { recursive: true }))

/** npm is a script, which any Node can be told to run. */
const npm = onPath('npm')
  .map((path) => realpathSync(path))
  .find((path) => path.endsWith('.js'))
const skip = oldNode === undefined || npm === undefined ? 'there is no npm beside a Node older than 24' : false

interface LockFile {
  readonly packages: Record<string, { engines?: Record<string, string>; deprecated?: string }>
}

/** A clone as far as npm looks at it: what is declared, and the lock. */
function copyOf(name: string, change: (lock: LockFile) => void = () => undefined): string {
  const copy = join(copies, name)
  const manifests = readdirSync(join(root, 'packages')).map((folder) => join('packages', folder, 'package.json'))
  for (const file of ['package.json', '.npmrc', ...manifests]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  const lock = readLock()
  change(lock)
  writeFileSync(join(copy, 'package-lock.json'), JSON.stringify(lock))
  return copy
}

function readLock(): LockFile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
}

/** All that `npm ci` looks at before it fetches anything, which needs no network. */
function dryInstall(folder: string): Promise<{ stdout: string; stderr: string }> {
  const words = [npm ?? '', 'ci', '--dry-run', '--offline', '--no-audit', '--no-fund', '--no-update-notifier']
  return promisify(execFile)(oldNode ?? '', words, {
    cwd: folder,
    // Not what the npm that runs these tests was told, nor what its user has set.
    env: { PATH: process.env['PATH'], HOME: copies, npm_config_cache: join(copies, 'cache') },
  })
}

describe('npm ci under an old Node', { skip }, () => {
  it('warns of nothing', async () => {
    const { stdout, stderr } = await dryInstall(copyOf('as-it-is'))
    assert.equal(stderr, '')
    assert.match(stdout, /^added \d+ packages/m)
  })

  it('would warn of a part that asks for a Node which is not there', async () => {
    const copy = copyOf('with-a-newer-part', ({ packages }) => {
      Object.assign(packages['node_modules/yaml'] ?? assert.fail('no yaml'), { engines: { node: '>=99' } })
    })
    assert.match((await dryInstall(copy)).stderr, /EBADENGINE[^]*yaml@/)
  })
})

it('installs no part that its makers have given up, of which npm would warn', () => {
  const { packages } = readLock()
  assert.deepEqual(
    Object.entries(packages).filter(([, { deprecated }]) => deprecated !== undefined),
    [],
  )
})
