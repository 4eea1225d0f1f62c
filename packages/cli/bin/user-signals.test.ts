import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, once } from '../../../test/support/eventually.ts'

const launcher = fileURLToPath(new URL('moonbase.mjs', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'moonbase-signals-'))
after(() => rmSync(root, { recursive: true }))

const posix = { skip: process.platform === 'win32' ? 'Windows has no such signals' : false }

test('SIGUSR1 opens no inspector, and SIGUSR2 ends nothing', posix, async () => {
  const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', '--data', join(root, 'data')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { MOONBASE_STORE: 'memory' },
  })
  const told = text(child.stderr)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => void (said += piece))
  await eventually(
    () => said,
    (words) => words.includes('\n') || child.exitCode !== null,
  )
  const [, url = ''] = /listening on (\S+)\n/.exec(said) ?? []
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGUSR1'] as const) {
    child.kill(signal)
    // It has had its turn, and the signal with it.
    assert.equal((await fetch(`${url}/health`)).status, 200, signal)
  }
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  assert.doesNotMatch(await told, /debugger|inspector/i)
})
