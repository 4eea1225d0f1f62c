import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startLines } from './start-lines.ts'
import { load, mistakes } from './testing/in-memory-load.ts'

test('without a word, files are kept in a folder of the data folder', async () => {
  const { files } = await load({ environment: { MOONBASE_DATA: '/var/lib/moonbase' } })
  assert.deepEqual(files, { kind: 'file', path: '/var/lib/moonbase/files' })
})

test('the environment wins over the file, and paths go from where they were written', async () => {
  assert.deepEqual((await load({ files: 'files: file:kept\n' })).files, { kind: 'file', path: '/srv/kept' })
  const environment = { MOONBASE_FILES: 's3://moonbase-files/a/b' }
  const other = await load({ files: 'files: memory\n', environment })
  assert.deepEqual(other.files, { kind: 's3', bucket: 'moonbase-files', prefix: 'a/b/' })
  assert.deepEqual((await load({ environment: { MOONBASE_FILES: 'memory' } })).files, { kind: 'memory' })
})

test('a bucket may have a region and an address', async () => {
  const place = 's3://files?region=eu-central-1&endpoint=http://127.0.0.1:9000'
  const configuration = await load({ environment: { MOONBASE_FILES: place } })
  assert.deepEqual(configuration.files, {
    kind: 's3',
    bucket: 'files',
    prefix: '',
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:9000',
  })
  assert.ok(startLines(configuration).includes('files: the bucket files at http://127.0.0.1:9000'))
})

test('a start says where files are kept when that is not in the data folder', async () => {
  const linesOf = async (place: string): Promise<string[]> =>
    startLines(await load({ environment: { MOONBASE_FILES: place } })).filter((line) => line.startsWith('files'))
  assert.deepEqual(await linesOf(''), [])
  assert.deepEqual(await linesOf('file:/mnt/kept'), ['files: the folder /mnt/kept'])
  assert.deepEqual(await linesOf('s3://files/a'), ['files: the bucket files, below a/'])
  assert.deepEqual(await linesOf('memory'), ['files: in memory, gone with the process'])
})

test('a place that cannot be is told by its line, and a key in it is not', async () => {
  for (const [place, words] of [
    ['ftp://x/y', /must be file:<folder>, s3:/],
    ['files', /must be file:<folder>, s3:/],
    ['file:', /must name a folder behind "file:"/],
    ['file://host/x', /must name a folder behind "file:"/],
    ['s3://', /must (?:name a bucket|be file)/],
    ['s3://A_b', /must (?:name a bucket|be file)/],
    ['s3://files/../x y', /must have a prefix/],
    ['s3://AKIA:hush@files/', /must hold no key/],
    ['s3://files?acl=public', /may have region=/],
    ['s3://files?endpoint=ftp://x', /must have an endpoint/],
    ['s3://files?endpoint=http://u:hush@x', /must have an endpoint/],
  ] as const) {
    const [line = '', ...more] = await mistakes({ files: `files: ${JSON.stringify(place)}\n` })
    assert.match(line, /^moonbase\.yaml:1:8 files: /)
    assert.match(line, words, place)
    assert.doesNotMatch(line, /hush/)
    assert.deepEqual(more, [])
    const [said = ''] = await mistakes({ environment: { MOONBASE_FILES: place } })
    assert.match(said, /^MOONBASE_FILES: /)
  }
})
