import assert from 'node:assert/strict'
import { type SpawnOptions, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { oldNode, onlyWithOldNode } from '../../../test/support/old-node.ts'

const launcher = fileURLToPath(new URL('moonbase.mjs', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'moonbase-bin-'))
after(() => rmSync(root, { recursive: true }))

interface Ended {
  readonly out: string
  readonly err: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Runs to the end. `onOutput` sees all of stdout so far, and the process, each time something comes. */
function run(
  node: string,
  words: readonly string[],
  onOutput: (out: string, pid: number) => void = () => undefined,
  options: SpawnOptions = {},
): Promise<Ended> {
  const child = spawn(node, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
    onOutput(out, child.pid ?? 0)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ out, err, code, signal }))
  })
}

/** What npm would have installed for this machine, with another content. */
function fakeNode(name: string, script: string): string {
  const bin = join(root, name, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'node'), script, { mode: 0o755 })
  return join(bin, 'node')
}

/** A launcher with a program of ours behind it, and `node_modules` some folders up that may hold a newer Node. */
function installation(name: string, program: string, withNode = true): string {
  const house = join(root, name)
  const packageFolder = join(house, 'packages', 'cli')
  mkdirSync(join(packageFolder, 'src'), { recursive: true })
  mkdirSync(join(packageFolder, 'bin'))
  for (const file of ['moonbase.mjs', 'own-node.mjs'])
    cpSync(join(dirname(launcher), file), join(packageFolder, 'bin', file))
  writeFileSync(join(packageFolder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(packageFolder, 'src', 'main.ts'), program)
  if (withNode) {
    const bin = join(house, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
    mkdirSync(bin, { recursive: true })
    symlinkSync(process.execPath, join(bin, 'node'))
  }
  return join(packageFolder, 'bin', 'moonbase.mjs')
}

test('prints its version under the Node that runs the tests', async () => {
  const { out, err, code } = await run(process.execPath, [launcher, '--version'])
  assert.deepEqual([err, code], ['', 0])
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
})

test('prints its version under an older Node, with the one that npm installed', onlyWithOldNode, async () => {
  const { out, err, code } = await run(oldNode ?? '', [launcher, '--version'])
  assert.deepEqual([err, code], ['', 0])
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
})

test('gives npm scripts the Node that npm installed, whatever Node runs them', onlyWithOldNode, async () => {
  const script = join(dirname(launcher), 'node.mjs')
  for (const node of [oldNode ?? '', process.execPath]) {
    const { out, code } = await run(node, [script, '-p', 'process.versions.node.split(".")[0] >= 24'])
    assert.deepEqual([out, code], ['true\n', 0])
  }
})

test('hands over words and the exit code as they are', onlyWithOldNode, async () => {
  const program = `export async function main(words: string[]): Promise<void> {
  process.stdout.write(JSON.stringify([Number.parseInt(process.versions.node, 10) >= 24, ...words]))
  process.exitCode = 42
}`
  const { out, code } = await run(oldNode ?? '', [installation('words', program), 'a b', '--c', '"', ''])
  assert.deepEqual(JSON.parse(out), [true, 'a b', '--c', '"', ''])
  assert.equal(code, 42)
})

test('passes signals down, and an end by one up', onlyWithOldNode, async () => {
  const program = `export async function main([handled]: string[]): Promise<void> {
  const forever = setInterval(() => undefined, 1000)
  if (handled === 'handled') for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => {
    process.stdout.write(signal)
    clearInterval(forever)
    process.exitCode = 7
  })
  process.stdout.write('ready ')
}`
  const bin = installation('signals', program)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const tell = (out: string, pid: number): void => {
      if (out === 'ready ') process.kill(pid, signal)
    }
    const handled = await run(oldNode ?? '', [bin, 'handled'], tell)
    assert.deepEqual(handled, { out: `ready ${signal}`, err: '', code: 7, signal: null })
    const unhandled = await run(oldNode ?? '', [bin], tell)
    assert.deepEqual(unhandled, { out: 'ready ', err: '', code: null, signal })
  }
})

/** For `--import`: what takes the process for one of another version. */
function asNode(version: string): string {
  const text = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  return `data:text/javascript,${encodeURIComponent(text)}`
}

const broughtAlong = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
const onlyWhereBrought = { skip: broughtAlong ? false : 'npm brings no Node along for this machine' }

test('without a newer Node it says in one line what to do', onlyWhereBrought, async () => {
  const bin = installation('alone', '', false)
  for (const version of ['20.20.2', '22.19.0', '23.11.1']) {
    const { out, err, code } = await run(process.execPath, ['--import', asNode(version), bin, 'serve'])
    assert.deepEqual([out, code], ['', 1])
    const house = join(root, 'alone')
    const ways = `run npm ci in ${house}, which brings it along, or install Node 24 or newer`
    assert.equal(err, `moonbase needs Node 24 or newer, and this is Node ${version}: ${ways}\n`)
  }
})

test('says the same under a Node that really is too old', onlyWithOldNode, async () => {
  const { out, err, code } = await run(oldNode ?? '', [installation('really-alone', '', false), 'serve'])
  assert.deepEqual([out, code], ['', 1])
  assert.match(err, /^moonbase needs Node 24 or newer, and this is Node \d+\.\d+\.\d+: [^\n]+\n$/)
})

test(
  'takes the Node of the nearest node_modules, with the options and the words it was given',
  onlyWhereBrought,
  async () => {
    const bin = installation('with-a-fake', '', false)
    fakeNode('with-a-fake', '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    const options = ['--import', asNode('20.20.2')]
    const { out, err, code } = await run(process.execPath, [...options, bin, 'serve', '--port', '1'])
    assert.deepEqual([err, code], ['', 0])
    assert.deepEqual(out.split('\n'), [...options, bin, 'serve', '--port', '1', ''])
  },
)

test('a Node that was brought along and cannot be started is told in one line', onlyWhereBrought, async () => {
  const bin = installation('with-a-broken-one', '', false)
  const fake = fakeNode('with-a-broken-one', '#!/nowhere/at/all\n')
  const { out, err, code } = await run(process.execPath, ['--import', asNode('20.20.2'), bin, 'serve'])
  assert.deepEqual([out, code], ['', 1])
  assert.equal(err, `moonbase could not start ${fake} (ENOENT): install Node 24 or newer\n`)
})

test('a package that was not installed is told in one line, and any other failure as it is', async () => {
  const missing = await run(process.execPath, [installation('not-installed', "import 'no-such-package'"), 'serve'])
  assert.deepEqual([missing.out, missing.code], ['', 1])
  const house = join(root, 'not-installed')
  assert.equal(
    missing.err,
    `moonbase needs the package no-such-package, which is not installed: run npm ci in ${house}\n`,
  )
  const broken = await run(process.execPath, [installation('broken', "import './no-such-file.ts'"), 'serve'])
  assert.match(broken.err, /Cannot find module [^]*\n +at /)
})
