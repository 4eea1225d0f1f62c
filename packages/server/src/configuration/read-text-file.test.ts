import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { FILE_BYTES, codeOf, readTextFile, whyUnreadable } from './read-text-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'moonbase-read-'))
after(() => rm(folder, { recursive: true }))

const failure = async (path: string): Promise<unknown> => readTextFile(path).catch((error: unknown) => error)

test('reads UTF-8 up to the limit', async () => {
  const path = join(folder, 'a')
  await writeFile(path, 'grüße')
  assert.equal(await readTextFile(path), 'grüße')
  await truncate(path, FILE_BYTES)
  assert.equal((await readTextFile(path)).length > FILE_BYTES - 10, true)
})

test('a byte more than the limit is refused, and a device without an end too', async () => {
  const path = join(folder, 'b')
  await writeFile(path, '')
  await truncate(path, FILE_BYTES + 1)
  assert.equal(whyUnreadable(await failure(path)), 'is larger than 1 MiB, which is the most that is read')
  if (process.platform === 'linux') assert.equal(codeOf(await failure('/dev/zero')), 'EFBIG')
})

test('bytes that are not UTF-8 are refused, not replaced', async () => {
  const path = join(folder, 'c')
  await writeFile(path, Buffer.from([0x61, 0xff]))
  assert.equal(whyUnreadable(await failure(path)), 'is not UTF-8 text')
})

test('says why a file cannot be read', async () => {
  assert.equal(whyUnreadable(await failure(join(folder, 'none'))), 'does not exist')
  assert.equal(whyUnreadable(await failure(folder)), 'is a folder')
  assert.equal(whyUnreadable(Object.assign(new Error('x'), { code: 'EIO' })), 'cannot be read (EIO)')
})
