import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type RequestListener, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { StartError } from '../records/start-error.ts'
import type { DownloadLimits } from './download.ts'
import { type PullOptions, pullVocabulary } from './pull.ts'
import { pulledPath } from './vocabulary-file.ts'

const FILE = Buffer.from('IQ== 0\nIg== 1\n'.repeat(5000))
const PIN = { bytes: FILE.length, sha256: createHash('sha256').update(FILE).digest('hex') }
const LIMITS: DownloadLimits = { connectMs: 5000, silenceMs: 5000, totalMs: 10_000 }

const root = mkdtempSync(join(tmpdir(), 'moonbase-pull-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = (): string => join(root, `data-${(folders += 1)}`)

/** A host that gives files, on this machine. */
async function open(answer: RequestListener) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    asked,
    url: `http://127.0.0.1:${address.port}/file`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

const givesFile: RequestListener = (_, response) => void response.end(FILE)

function pull(from: string, more: Partial<PullOptions> = {}) {
  return pullVocabulary({ dataFolder: newFolder(), from, environment: {}, pin: PIN, limits: LIMITS, ...more })
}

/** The words of the refusal, after a look that nothing was stored. */
async function refusal(from: string, more: Partial<PullOptions> = {}): Promise<string> {
  const dataFolder = more.dataFolder ?? newFolder()
  const before = existsSync(pulledPath(dataFolder)) ? readFileSync(pulledPath(dataFolder)) : undefined
  try {
    await pull(from, { ...more, dataFolder })
  } catch (error) {
    assert.ok(error instanceof StartError, String(error))
    const folder = dirname(pulledPath(dataFolder))
    if (existsSync(folder)) assert.deepEqual(readdirSync(folder), before === undefined ? [] : ['tiktoken.model'])
    if (before !== undefined) assert.deepEqual(readFileSync(pulledPath(dataFolder)), before)
    return error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
  }
  return assert.fail('it was pulled')
}

describe('pulling the vocabulary', () => {
  it('stores the file whole, tells its progress, and leaves nothing beside it', async () => {
    await using host = await open(givesFile)
    const dataFolder = newFolder()
    const seen: number[] = []
    const pulled = await pull(host.url, {
      dataFolder,
      onProgress: (received, total) => {
        assert.equal(total, FILE.length)
        seen.push(received)
      },
    })
    assert.deepEqual(pulled, { path: join(dataFolder, 'tokenizer', 'tiktoken.model'), fetched: true })
    assert.deepEqual(readFileSync(pulled.path), FILE)
    assert.deepEqual(readdirSync(dirname(pulled.path)), ['tiktoken.model'])
    assert.equal(seen.at(-1), FILE.length)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
  })

  it('asks nobody when the file is there, unless told to', async () => {
    await using host = await open(givesFile)
    const dataFolder = newFolder()
    await pull(host.url, { dataFolder })
    assert.equal((await pull(host.url, { dataFolder })).fetched, false)
    assert.equal(host.asked.length, 1)
    assert.equal((await pull(host.url, { dataFolder, force: true })).fetched, true)
    assert.equal(host.asked.length, 2)
  })

  it('leaves another file where it is, unless told to', async () => {
    await using host = await open(givesFile)
    const dataFolder = newFolder()
    const path = pulledPath(dataFolder)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'mine')
    assert.match(
      await refusal(host.url, { dataFolder }),
      /is there already and is another file \(SHA-256 [0-9a-f]{64}\)/,
    )
    assert.equal(host.asked.length, 0)
    await pull(host.url, { dataFolder, force: true })
    assert.deepEqual(readFileSync(path), FILE)
  })

  it('follows redirects, relative ones too, but not for ever', async () => {
    await using host = await open((request, response) => {
      if (request.url === '/file') response.writeHead(302, { location: '/next' }).end('somewhere else')
      else if (request.url === '/next') response.writeHead(307, { location: host.url.replace('/file', '/last') }).end()
      else response.end(FILE)
    })
    assert.equal((await pull(host.url)).fetched, true)
    assert.deepEqual(host.asked, ['/file', '/next', '/last'])
    await using loop = await open((_, response) => void response.writeHead(302, { location: '/file' }).end())
    assert.equal(await refusal(loop.url), 'HOST redirects more than 5 times')
    assert.equal(loop.asked.length, 6)
  })

  it('refuses to be sent to another machine over plain http, or nowhere', async () => {
    let location: string | undefined = 'http://192.0.2.1/file'
    await using host = await open((_, response) => {
      response.writeHead(302, location === undefined ? {} : { location }).end()
    })
    assert.equal(await refusal(host.url), 'HOST redirects to http://192.0.2.1, which is refused')
    location = 'file:///etc/hostname'
    assert.equal(await refusal(host.url), 'HOST redirects to file://, which is refused')
    location = undefined
    assert.equal(await refusal(host.url), 'HOST answered 302 without saying where to go')
  })

  it('asks only https, or this machine', async () => {
    assert.match(await refusal('http://192.0.2.1/file'), /^http:\/\/192\.0\.2\.1\/file is refused: only https/)
    assert.match(await refusal('http://127.0.0.1.example.org/'), /is refused/)
    assert.match(await refusal('ftp://127.0.0.1/file'), /is refused/)
    assert.equal(await refusal('the moon'), 'the moon is not an address')
  })

  it('names what the host answered instead of the file', async () => {
    let status = 404
    await using host = await open((_, response) => void response.writeHead(status).end('no'))
    assert.equal(await refusal(host.url), 'HOST answered 404 (the file is not there)')
    status = 403
    assert.equal(await refusal(host.url), 'HOST answered 403 (it does not give the file to everybody)')
    status = 503
    assert.equal(await refusal(host.url), 'HOST answered 503 (it is in trouble; try again later)')
    status = 206
    assert.equal(await refusal(host.url), 'HOST answered 206 (which is no file)')
  })

  it('stores nothing of the wrong size, and reads no more than the right one', async () => {
    await using short = await open((_, response) => void response.end(FILE.subarray(1)))
    assert.equal(
      await refusal(short.url),
      `HOST gave a file of ${FILE.length - 1} bytes; the vocabulary has ${FILE.length}`,
    )
    await using cut = await open((_, response) => {
      response.write(FILE.subarray(1))
      response.end()
    })
    assert.equal(
      await refusal(cut.url),
      `HOST gave a file of ${FILE.length - 1} bytes; the vocabulary has ${FILE.length}`,
    )
    await using endless = await open((request, response) => {
      const more = (): void => {
        while (!request.destroyed && response.write(FILE));
        response.once('drain', more)
      }
      more()
    })
    assert.match(await refusal(endless.url), /gave a file of more than \d+ bytes/)
  })

  it('stores nothing with the wrong content', async () => {
    const other = Buffer.from(FILE)
    other[7] = 0x4a
    await using host = await open((_, response) => void response.end(other))
    const words = await refusal(host.url)
    assert.match(words, /^HOST gave a file that is not the vocabulary of Kimi K2\.5, and nothing was stored\n/)
    assert.ok(words.includes(PIN.sha256))
    const dataFolder = newFolder()
    await using right = await open(givesFile)
    await pull(right.url, { dataFolder })
    await refusal(host.url, { dataFolder, force: true })
  })

  it('says that nobody is there, that the connection broke, and that nothing comes', async () => {
    let gone = ''
    {
      await using host = await open(givesFile)
      gone = host.url
    }
    assert.equal(await refusal(gone), 'HOST refuses the connection')
    await using breaks = await open((request, response) => {
      response.writeHead(200, { 'content-length': FILE.length })
      response.write(FILE.subarray(0, 100), () => request.socket.destroy())
    })
    assert.equal(await refusal(breaks.url), 'HOST broke the connection off')
    await using silent = await open(() => undefined)
    const limits = { ...LIMITS, totalMs: 50 }
    assert.equal(await refusal(silent.url, { limits }), 'HOST did not give the whole file within 0.05 seconds')
  })

  it(
    'asks nobody when the folder cannot be written',
    { skip: process.getuid?.() === 0 && 'root may write anywhere' },
    async () => {
      await using host = await open(givesFile)
      const dataFolder = newFolder()
      mkdirSync(dataFolder)
      chmodSync(dataFolder, 0o500)
      assert.match(
        await refusal(host.url, { dataFolder }),
        /may not be written \(mode 0500\): chmod u\+rwX .*, or choose another folder/,
      )
      assert.equal(host.asked.length, 0)
    },
  )

  it('asks nobody when a file stands where the folder should be', async () => {
    await using host = await open(givesFile)
    const dataFolder = newFolder()
    writeFileSync(dataFolder, '')
    assert.match(await refusal(host.url, { dataFolder }), /is a file, and a folder is needed there: move it away/)
    assert.equal(host.asked.length, 0)
  })
})
