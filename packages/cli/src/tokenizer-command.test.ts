import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestListener, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { realVocabulary } from '../../../test/support/real-vocabulary.ts'
import { main } from './main.ts'
import { type NotedOptions, notedTerminal } from './testing/noted-terminal.ts'

const root = mkdtempSync(join(tmpdir(), 'moonbase-tokenizer-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = (): string => join(root, `data-${(folders += 1)}`)

const real = realVocabulary()
const needsReal = { skip: 'skip' in real && real.skip }
const realBytes = 'skip' in real ? new Uint8Array() : real.bytes

async function run(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: NotedOptions = {},
) {
  const terminal = notedTerminal(environment, options)
  await main(['tokenizer', ...words], terminal)
  return terminal.noted
}

async function open(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    url: `http://127.0.0.1:${address.port}/tiktoken.model`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

describe('moonbase tokenizer pull', () => {
  it('tells in plain lines what stood in the way, ends with 1, and stores nothing', async () => {
    await using host = await open((_, response) => void response.writeHead(404).end())
    const data = newFolder()
    const { out, err, code } = await run(['pull', '--data', data, '--from', host.url])
    assert.deepEqual([out, code], ['', 1])
    assert.match(err, /^127\.0\.0\.1:\d+ answered 404 \(the file is not there\)\n/)
    assert.ok(!existsSync(join(data, 'tokenizer', 'tiktoken.model')))
  })

  it('takes no other file for the vocabulary', async () => {
    await using host = await open((_, response) => void response.end(Buffer.alloc(2_795_286)))
    const { out, err, code } = await run(['pull', '--data', newFolder(), '--from', host.url])
    assert.deepEqual([out, code], ['', 1])
    assert.match(
      err,
      /gave a file that is not the vocabulary of Kimi K2\.5, and nothing was stored\n +expected SHA-256 b6c4/,
    )
  })

  it('stores the vocabulary, draws its progress for whoever watches, and then has it', needsReal, async () => {
    await using host = await open((_, response) => void response.end(realBytes))
    const data = newFolder()
    const path = join(data, 'tokenizer', 'tiktoken.model')
    const first = await run(['pull', '--from', host.url], { MOONBASE_DATA: data }, { watched: true })
    assert.deepEqual([first.out, first.code], [`stored ${path}\n`, undefined])
    assert.match(first.err, /\rfetching the vocabulary: 100 % of 2\.8 MB\n$/)
    assert.deepEqual(readFileSync(path), Buffer.from(realBytes))
    const second = await run(['pull', '--data', data, '--from', 'https://nobody.invalid/'])
    assert.deepEqual(second, {
      ...second,
      out: `${path} is there already, and is the right one\n`,
      err: '',
      code: undefined,
    })
    const status = await run(['status', '--data', data])
    assert.match(
      status.out,
      new RegExp(`^token counts: exact, with the vocabulary in ${path}\nsource: ${path}\nSHA-256: b6c4`),
    )
    const ids = await run(['count', '--ids', '--data', data, 'Hello,', 'world!'])
    assert.deepEqual([ids.out, ids.err], ['19180 11 2695 0\n', ''])
  })

  it('says when the configuration names another file, which comes first', needsReal, async () => {
    await using host = await open((_, response) => void response.end(realBytes))
    const environment = { MOONBASE_TOKENIZER: '/elsewhere/tiktoken.model' }
    const { err, code } = await run(['pull', '--data', newFolder(), '--from', host.url], environment)
    assert.equal(code, undefined)
    assert.equal(err, 'note: the configuration names /elsewhere/tiktoken.model, which a server takes before this one\n')
  })
})

describe('moonbase tokenizer status', () => {
  it('says that counts are approximate where there is no vocabulary, and how to get it', async () => {
    const { out, err, code } = await run(['status', '--data', newFolder()])
    assert.deepEqual([err, code], ['', undefined])
    assert.match(
      out,
      /^token counts: approximate[^\n]*`moonbase tokenizer pull`[^\n]*\nsource: o200k_base \(gpt-tokenizer\)\n$/,
    )
  })

  it('tells what is wrong with the file that a start would refuse', async () => {
    const path = join(root, 'broken.model')
    writeFileSync(path, 'no vocabulary\n')
    const { out, err, code } = await run(['status', '--data', newFolder()], { MOONBASE_TOKENIZER: path })
    assert.deepEqual([out, code], ['', 1])
    assert.ok(err.startsWith(`tokenizer: ${path} is no vocabulary in tiktoken's format: `))
  })
})

describe('moonbase tokenizer count', () => {
  it('counts words or stdin, and says that it is approximate', async () => {
    const words = await run(['count', '--data', newFolder(), 'Hello,', 'world!'])
    assert.deepEqual([words.out, words.code], ['4\n', undefined])
    assert.match(words.err, /^approximate: /)
    const piped = await run(['count', '--data', newFolder(), '-'], {}, { input: 'Hello, world!' })
    assert.equal(piped.out, '4\n')
  })

  it("prints no ids that are not the model's", async () => {
    const { out, err, code } = await run(['count', '--ids', '--data', newFolder(), 'hi'])
    assert.deepEqual([out, code], ['', 1])
    assert.match(err, /--ids needs the vocabulary/)
  })
})
