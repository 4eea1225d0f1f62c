import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { CountedPrompt } from '@moonbase/core/generation'
import { realVocabulary } from '../../../../test/support/real-vocabulary.ts'
import { StartError } from '../records/start-error.ts'
import { type OpenTokenizer, openTokenizer } from './open-tokenizer.ts'
import { pulledPath } from './vocabulary-file.ts'

const root = mkdtempSync(join(tmpdir(), 'moonbase-open-tokenizer-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = (): string => join(root, `data-${(folders += 1)}`)

const real = realVocabulary()

/** Every byte, and a few words: a vocabulary in tiktoken's format. */
const WORDS = ['he', 'll', 'hell', 'hello', ' w', 'or', 'ld', ' wor', ' world']
const SMALL = [...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte)), ...WORDS.map((word) => Buffer.from(word))]
  .map((token, rank) => `${token.toString('base64')} ${rank}\n`)
  .join('')

function put(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

function smallFile(): string {
  return put(join(newFolder(), 'small.model'), SMALL)
}

async function openAt(tokenizer: string | undefined, dataFolder = newFolder()) {
  const opened = await openTokenizer({ tokenizer, dataFolder })
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() }
}

async function refusal(tokenizer: string | undefined, dataFolder = newFolder()): Promise<string> {
  const error = await openTokenizer({ tokenizer, dataFolder }).catch((reason: unknown) => reason)
  assert.ok(error instanceof StartError, String(error))
  return error.message
}

const asked = (...texts: string[]): CountedPrompt => ({
  messages: texts.map((content) => ({ role: 'user', content })),
  tools: [],
  thinking: true,
})

describe('the vocabulary of a start', () => {
  it('is the file that the configuration names', async () => {
    const dataFolder = newFolder()
    put(pulledPath(dataFolder), 'broken, but not looked at')
    const path = smallFile()
    await using at = await openAt(path, dataFolder)
    assert.equal(at.counter.countText('hello world'), 2)
    assert.equal(at.counter.exact, true)
    assert.equal(at.description.source, path)
    assert.match(at.description.sha256 ?? '', /^[0-9a-f]{64}$/)
    assert.match(at.startLine, /which is not that of Kimi K2\.5 \(SHA-256 [0-9a-f]{64}\)$/)
  })

  it('is else the one in the data folder', async () => {
    const dataFolder = newFolder()
    const path = put(pulledPath(dataFolder), SMALL)
    await using at = await openAt(undefined, dataFolder)
    assert.equal(at.description.source, path)
    assert.equal(at.counter.countText('hello world'), 2)
  })

  it('is else an approximation that says so', async () => {
    await using at = await openAt(undefined)
    assert.equal(at.counter.exact, false)
    assert.deepEqual(at.description, { exact: false, source: 'o200k_base (gpt-tokenizer)', sha256: undefined })
    assert.match(at.startLine, /approximate.*`moonbase tokenizer pull`/)
    assert.equal(at.counter.countText('Hello, world!'), 4)
    // The template is the model's own: only what stands inside it is approximate.
    assert.equal(at.counter.countPrompt(asked('hi')), 9)
    assert.equal(at.tokenizer(), at.tokenizer())
  })

  it("is Kimi's own, known by its hash", { skip: 'skip' in real && real.skip }, async () => {
    const path = put(join(newFolder(), 'kimi.model'), 'skip' in real ? '' : real.bytes)
    await using at = await openAt(path)
    assert.equal(at.startLine, `token counts: exact, with the vocabulary in ${path}`)
    assert.equal(at.counter.countPrompt(asked('hi')), 9)
  })

  it('stops the start when the file that was named is missing, is none, or is a folder', async () => {
    const missing = join(newFolder(), 'tiktoken.model')
    assert.match(await refusal(missing), new RegExp(`^tokenizer: ${missing} does not exist\n.*MOONBASE_TOKENIZER`))
    assert.equal(await refusal(root), `tokenizer: ${root} is a folder; name the tiktoken.model in it`)
    const html = put(join(newFolder(), 'page.model'), '<!doctype html><p>Please log in</p>')
    assert.match(await refusal(html), /page\.model is no vocabulary in tiktoken's format: .*\nMend or remove it/)
    assert.match(await refusal(put(join(newFolder(), 'empty.model'), '')), /is no vocabulary/)
  })

  it('stops the start when the file in the data folder is broken, and does not pass it over', async () => {
    const dataFolder = newFolder()
    put(pulledPath(dataFolder), SMALL.slice(0, 700))
    assert.match(
      await refusal(undefined, dataFolder),
      /is no vocabulary in tiktoken's format[^]*tokenizer pull --force/,
    )
  })

  it('reads no more of a file than a vocabulary can have', async () => {
    const path = put(join(newFolder(), 'large.model'), '')
    truncateSync(path, 33 * 1024 * 1024)
    assert.match(await refusal(path), /is larger than 32 MiB, which no vocabulary is$/)
  })
})

describe('the counter of a server', () => {
  /** Counts the turns of the event loop while somebody else works. */
  async function turnsDuring<T>(work: Promise<T>): Promise<{ result: T; turns: number }> {
    let turns = 0
    const turn = (): void => {
      turns += 1
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    try {
      const result = await work
      return { result, turns }
    } finally {
      clearImmediate(next)
    }
  }

  it('counts a large prompt as it would a small one, and the event loop goes round meanwhile', async () => {
    await using at = await openAt(undefined)
    const text = 'The moon is a quiet place, far away. '.repeat(1_400_000)
    const { result, turns } = await turnsDuring(at.counter.countPromptAside(asked(text)))
    // Handing over takes a few hundred turns, one for each batch; the others went by while it was counted elsewhere.
    assert.ok(turns > 2000, `${turns} turns`)
    assert.equal(result, at.counter.countPrompt(asked(text)))
  })

  it('agrees with itself whatever a prompt holds: tools, images, reasoning, calls, and text cut inside a character', async () => {
    await using at = await openAt(smallFile())
    const long = `x${'🎉'.repeat(400_000)}`
    const prompt: CountedPrompt = {
      messages: [
        { role: 'system', content: 'hello', name: 'moon' },
        {
          role: 'user',
          content: [
            { type: 'text', text: long },
            { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 640, height: 480 } },
            { type: 'text', text: long },
          ],
        },
        {
          role: 'assistant',
          content: '',
          partial: false,
          reasoning: long,
          toolCalls: [{ id: 'f:0', name: 'f', builtin: false, arguments: JSON.stringify({ long }) }],
        },
        { role: 'tool', toolCallId: 'f:0', content: '<|im_end|>' },
      ],
      tools: [{ type: 'function', name: 'f', description: long, parameters: { type: 'object' }, strict: true }],
      thinking: true,
    }
    assert.equal(await at.counter.countPromptAside(prompt), at.counter.countPrompt(prompt))
  })

  it('gives many clients at once their own counts', async () => {
    await using at = await openAt(smallFile())
    const prompts = Array.from({ length: 12 }, (_, index) => asked('hello world'.repeat(1 + index * 3000), 'hi'))
    const counts = await Promise.all(prompts.map((prompt) => at.counter.countPromptAside(prompt)))
    assert.deepEqual(
      counts,
      prompts.map((prompt) => at.counter.countPrompt(prompt)),
    )
  })

  it('counts aside with the approximation too', async () => {
    await using at: OpenTokenizer & AsyncDisposable = await openAt(undefined)
    const prompt = asked('The quick brown fox. '.repeat(10_000))
    assert.equal(await at.counter.countPromptAside(prompt), at.counter.countPrompt(prompt))
  })
})
