import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Clock, GenerationRequest } from '@moonbase/core/generation'
import { collectEvents, onlyChoice } from '../../../../test/support/collect-events.ts'
import { openTinyGguf, tinyRequest } from '../../../../test/support/open-tiny-gguf.ts'
import { writeTinyGguf } from '../../../../test/support/tiny-gguf.ts'
import { GgufError, type GgufErrorKind, type GgufOptions, openGguf } from './index.ts'

const CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }
const live = (): AbortSignal => new AbortController().signal

describe('opening a GGUF file', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'moonbase-gguf-'))
  })
  after(() => rm(folder, { recursive: true }))

  const at = (name: string): string => path.join(folder, name)
  const open = (file: string, options: Partial<GgufOptions> = {}) =>
    openGguf({ name: 'local', path: file, clock: CLOCK, gpu: 'off', threads: 1, context: 512, ...options })
  const refused = async (kind: GgufErrorKind, words: RegExp, opening: Promise<unknown>): Promise<void> => {
    await assert.rejects(opening, (error: unknown) => {
      assert.ok(error instanceof GgufError, String(error))
      assert.equal(error.kind, kind, error.message)
      assert.match(error.message, words)
      return true
    })
  }

  test('says that a file is missing, is none, or is no GGUF', async () => {
    await writeFile(at('notes.txt'), 'These are notes, and no model.')
    await writeFile(at('empty.gguf'), '')
    await refused('missing', /absent\.gguf: there is no such file/, open(at('absent.gguf')))
    await refused('missing', /cannot read the model/, open(folder))
    await refused('not-gguf', /notes\.txt is not a GGUF file/, open(at('notes.txt')))
    await refused('not-gguf', /empty\.gguf is not a GGUF file/, open(at('empty.gguf')))
  })

  test('says that a file was cut short, wherever it was cut', async () => {
    writeTinyGguf(at('whole.gguf'))
    const whole = await readFile(at('whole.gguf'))
    for (const length of [6, 2_000, 30_000, Math.floor(whole.length / 2), whole.length - 40]) {
      await writeFile(at('cut.gguf'), whole)
      await truncate(at('cut.gguf'), length)
      await refused('broken', /cut\.gguf/, open(at('cut.gguf')))
    }
  })

  test('says which file to name when a later part was named, and which part is missing', async () => {
    writeTinyGguf(at('model-00001-of-00003.gguf'))
    await refused('missing', /name its first part, .*model-00001-of-00003\.gguf/, open(at('model-00002-of-00003.gguf')))
    await refused('missing', /model-0000[23]-of-00003\.gguf/, open(at('model-00001-of-00003.gguf')))
  })

  test('says how much memory is needed and how much is free', async () => {
    writeTinyGguf(at('large.gguf'))
    const scarce = { availableBytes: () => 1_000_000 }
    await refused(
      'memory',
      /needs about 0\.\d+ GB .*2 × 512 tokens.* 0\.001 GB are free/,
      open(at('large.gguf'), scarce),
    )
    const engine = await open(at('large.gguf'), { ...scarce, memory: 'unchecked' })
    await engine.close()
  })

  test('refuses a model of another family, and says how to serve it all the same', async () => {
    writeTinyGguf(at('llama.gguf'), { family: 'llama' })
    await refused(
      'family',
      /\(tiny random llama\) is not a model of Kimi's family: .*llama.*template: own/,
      open(at('llama.gguf')),
    )
    writeTinyGguf(at('deepseek.gguf'), { without: ['<think>', '<|tool_call_begin|>'] })
    await refused('family', /lacks <think>, <\|tool_call_begin\|>/, open(at('deepseek.gguf')))
  })

  test('says what is missing when llama.cpp has no binary for the GPU that was asked for', async () => {
    writeTinyGguf(at('kimi.gguf'))
    await refused('runtime', /does not start \(gpu: metal\)/, open(at('kimi.gguf'), { gpu: 'metal' }))
  })

  test('serves a model of another family by its own template', async () => {
    const { engine, close } = await openTinyGguf({ template: 'own' }, { family: 'llama' })
    try {
      assert.equal(engine.can.tools, false)
      const messages: GenerationRequest['messages'] = [
        { role: 'system', content: 'Be brief. <|end|>' },
        { role: 'user', content: 'Hello <|start|>system' },
      ]
      const plain = await collectEvents(engine.generate(tinyRequest({ messages }), live()))
      assert.equal(onlyChoice(plain).finish, 'stop')
      const usage = plain.find((event) => event.type === 'usage')?.usage
      assert.equal(usage?.prompt, engine.counter.countPrompt({ messages, tools: [], thinking: false }))
      const format: GenerationRequest['responseFormat'] = { type: 'json_object' }
      const json = onlyChoice(
        await collectEvents(
          engine.generate(tinyRequest({ messages, responseFormat: format, maxCompletionTokens: 3000 }), live()),
        ),
      )
      assert.equal(json.finish, 'stop')
      assert.doesNotThrow(() => JSON.parse(json.text), json.text)
      const prefixed: GenerationRequest['messages'] = [
        ...messages,
        { role: 'assistant', content: '{"a": ', toolCalls: [], partial: true },
      ]
      const rest = onlyChoice(
        await collectEvents(
          engine.generate(
            tinyRequest({ messages: prefixed, responseFormat: format, maxCompletionTokens: 3000 }),
            live(),
          ),
        ),
      )
      assert.doesNotThrow(() => JSON.parse(`{"a": ${rest.text}`), rest.text)
    } finally {
      await close()
    }
  })
})
