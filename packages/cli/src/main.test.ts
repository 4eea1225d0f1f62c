import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { VARIABLES, readSchema } from '@moonbase/server/configuration'
import { main } from './main.ts'
import { notedTerminal } from './testing/noted-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-cli-'))
after(() => rmSync(folder, { recursive: true }))

async function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const terminal = notedTerminal(environment)
  await main(words, terminal)
  return terminal.noted
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('--version is a version and nothing else', async () => {
  const { out, code } = await run(['--version'])
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
  assert.equal(code, 0)
})

test('--help names the commands, and that of serve every variable', async () => {
  assert.match((await run(['--help'])).out, /serve[^]*config/)
  const { out, code } = await run(['serve', '--help'])
  assert.equal(code, 0)
  for (const name of Object.keys(VARIABLES)) assert.match(out, new RegExp(`\\b${name}\\b`))
})

test('a word that is no command or option is refused with the one that was meant', async () => {
  const command = await run(['sevre'])
  assert.match(command.err, /unknown command 'sevre'[^]*serve/)
  assert.equal(command.code, 1)
  const option = await run(['serve', '--prot', '1'])
  assert.match(option.err, /unknown option '--prot'[^]*--port/)
  assert.equal(option.code, 1)
})

test('config check says what a start would do', async () => {
  const path = file('good.yaml', 'listen: { port: 8080 }\n')
  const { out, err, code } = await run(['config', 'check', path])
  assert.deepEqual([err, code], ['', undefined])
  assert.ok(out.startsWith(`configuration: ${path}\nengine offline: `))
  assert.match(out, /^listen: http:\/\/127\.0\.0\.1:8080$/m)
})

test('config check tells every mistake in a plain line of its own, and ends with 1', async () => {
  const path = file('wrong.yaml', 'listen: { port: x }\nlog: 1\n')
  const { out, err, code } = await run(['config', 'check', path])
  assert.deepEqual([out, code], ['', 1])
  assert.deepEqual(err.split('\n'), [
    `${path}:1:17 listen.port: must be a whole number (got "x")`,
    `${path}:2:6 log: must be a mapping of fields (got 1)`,
    '',
  ])
})

test('config check finds the file that the environment names', async () => {
  const path = file('named.yaml', 'log: { level: silent }\n')
  assert.ok((await run(['config', 'check'], { MOONBASE_CONFIG: path })).out.startsWith(`configuration: ${path}\n`))
})

test('config schema prints the published schema', async () => {
  assert.equal((await run(['config', 'schema'])).out, await readSchema())
})
