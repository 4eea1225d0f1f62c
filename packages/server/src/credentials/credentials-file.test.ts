import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { StartError } from '../records/start-error.ts'
import { credentialsPath, readCredentials, writeCredentials } from './credentials-file.ts'

const root = mkdtempSync(join(tmpdir(), 'moonbase-credentials-'))
after(() => rmSync(root, { recursive: true }))

const posix = { skip: process.platform === 'win32' ? 'Windows keeps no file modes' : false }
const KEYS = { apiKey: 'sk-first-api-key', adminKey: 'sk-first-admin-key' }
const OTHERS = { apiKey: 'sk-other-api-key', adminKey: 'sk-other-admin-key' }

/** A new file in a folder of its own, readable by its owner alone. */
function file(name: string, text?: string): string {
  const path = credentialsPath(join(root, name, 'data'))
  if (text === undefined) return path
  mkdirSync(join(root, name, 'data'), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

/** How a file system answers that has no hard links. */
function withoutLinks(): never {
  throw Object.assign(new Error('no links'), { code: 'EPERM' })
}

function refusal(path: string): StartError {
  try {
    readCredentials(path)
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
  throw new assert.AssertionError({ message: `${path} was accepted` })
}

test('what is written is read back, and is for its owner alone', posix, () => {
  const path = file('written')
  assert.equal(readCredentials(path), undefined)
  assert.deepEqual(writeCredentials(path, KEYS), { kept: KEYS, written: true })
  assert.deepEqual(readCredentials(path), KEYS)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(root, 'written', 'data')).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(join(root, 'written', 'data')), ['credentials'])
})

test('a file that is there is never written over; its keys stand', () => {
  const path = file('there')
  writeCredentials(path, KEYS)
  const before = readFileSync(path)
  assert.deepEqual(writeCredentials(path, OTHERS), { kept: KEYS, written: false })
  assert.deepEqual(readFileSync(path), before)
})

test('of servers that start at the same moment one writes and all have its keys', async () => {
  const path = file('race')
  const script = `
    import { writeCredentials } from ${JSON.stringify(new URL('credentials-file.ts', import.meta.url).href)}
    const name = process.argv[1]
    const outcome = writeCredentials(${JSON.stringify(path)}, { apiKey: 'sk-api-of-' + name, adminKey: 'sk-admin-of-' + name })
    process.stdout.write(JSON.stringify(outcome))`
  const run = promisify(execFile)
  const outcomes = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', script, name])
      const outcome: { kept: unknown; written: boolean } = JSON.parse(stdout)
      return outcome
    }),
  )
  assert.equal(outcomes.filter((outcome) => outcome.written).length, 1)
  const kept = readCredentials(path)
  for (const outcome of outcomes) assert.deepEqual(outcome.kept, kept)
  assert.deepEqual(readdirSync(join(root, 'race', 'data')), ['credentials'])
})

test('where the file system knows no links, the file is written in its place and still not over another', posix, () => {
  const path = file('no-links')
  assert.deepEqual(writeCredentials(path, KEYS, withoutLinks), { kept: KEYS, written: true })
  assert.deepEqual(writeCredentials(path, OTHERS, withoutLinks), { kept: KEYS, written: false })
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(root, 'no-links', 'data')), ['credentials'])
})

test('a file that others may read is refused, with the command that mends it', posix, () => {
  for (const mode of [0o640, 0o604, 0o620, 0o644]) {
    const path = file(`mode-${mode}`, 'MOONBASE_API_KEY=sk-hush-hush\n')
    chmodSync(path, mode)
    const { message } = refusal(path)
    assert.match(message, new RegExp(`mode 0${mode.toString(8)}`))
    assert.ok(message.includes(`chmod 600 ${path}`))
    assert.ok(!message.includes('hush'))
  }
})

test('comments, empty lines, order and line ends do not matter', () => {
  const path = file('by-hand', `# mine\r\n\r\nMOONBASE_ADMIN_KEY=${KEYS.adminKey}\r\nMOONBASE_API_KEY=${KEYS.apiKey}`)
  assert.deepEqual(readCredentials(path), KEYS)
})

test('a damaged file is refused by its line, without showing it, and left as it is', () => {
  for (const [text, why] of [
    ['', 'it has no MOONBASE_API_KEY'],
    ['MOONBASE_API_KEY=sk-hush-hush\n', 'it has no MOONBASE_ADMIN_KEY'],
    ['MOONBASE_API_KEY=sk-hush-hush\nMOONBASE_API_KEY=sk-hush-hush\n', 'line 2 gives MOONBASE_API_KEY a second time'],
    ['# a\nsk-hush-hush\n', 'line 2 is neither'],
    ['export MOONBASE_API_KEY=sk-hush-hush\n', 'line 1 is neither'],
    ['MOONBASE_API_KEY="sk-hush-hush"\n', 'the MOONBASE_API_KEY on line 1 holds quotation marks'],
    ['MOONBASE_API_KEY=hush\n', 'the MOONBASE_API_KEY on line 1 must have 8 to 512'],
    ['MOONBASE_API_KEY=sk-hush-hush\nMOONBASE_ADMIN_KEY=sk-hush-hush\n', 'both keys are the same'],
    ['#'.repeat(20_000), 'it is larger'],
    ['\0\0\0\0', 'line 1 is neither'],
  ] as const) {
    const path = file(`damaged-${why.replaceAll(/\W/g, '')}${text.length}`, text)
    const { message } = refusal(path)
    assert.ok(message.startsWith(`${path}: `) && message.includes(why), `${message} | ${why}`)
    assert.ok(!message.includes('hush'))
    assert.equal(readFileSync(path, 'utf8'), text)
    assert.throws(() => writeCredentials(path, OTHERS), StartError)
    assert.equal(readFileSync(path, 'utf8'), text)
  }
})

test('a folder, or a link to nothing, where the file should be is refused', posix, () => {
  const folder = file('folder')
  mkdirSync(folder, { recursive: true })
  assert.match(refusal(folder).message, /is not a file/)
  const dangling = file('dangling')
  mkdirSync(join(root, 'dangling', 'data'), { recursive: true })
  symlinkSync(join(root, 'nowhere'), dangling)
  assert.equal(readCredentials(dangling), undefined)
  assert.throws(() => writeCredentials(dangling, KEYS), /appeared and vanished again/)
  assert.equal(existsSync(join(root, 'nowhere')), false)
})

test('a folder that cannot be made is told in one line with the ways out', () => {
  writeFileSync(join(root, 'a-file'), '')
  const path = credentialsPath(join(root, 'a-file', 'data'))
  assert.throws(
    () => writeCredentials(path, KEYS),
    (error: unknown) =>
      error instanceof StartError && /a-file is a file, .*: move it away, or .* --data$/.test(error.message),
  )
})
