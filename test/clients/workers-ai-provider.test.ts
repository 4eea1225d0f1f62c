/** `workers-ai-provider` and the AI SDK, bundled into a Worker as people do it, in workerd: what they make of this wire. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type TestServer, startServer } from '../support/start-server.ts'
import { AMPLE_MS, importClient, whySkipped } from './installed.ts'
import { type RunningWorker, startWorkerd } from './workers-ai/start-worker.ts'

const walk = (at: number): string =>
  `  - { name: walk ${at}, match: { last_user: walk }, times: 1, reply: { reasoning: Step ${at}., tool_calls: [{ name: look, arguments: { at: ${at} } }] } }`
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: Hm., text: one two three, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
${[1, 2, 3, 4, 5].map(walk).join('\n')}
  - { name: there, match: { last_user: walk }, reply: { text: All seen. } }
`

interface ProviderModule {
  createWorkersAI(config: object): (model: string) => object
}

interface AiModule {
  generateText(options: object): Promise<{ text: string; reasoningText: string | undefined }>
}

describe('workers-ai-provider', { timeout: AMPLE_MS, skip: whySkipped('workerd', 'workers-ai-provider', 'ai') }, () => {
  let server: TestServer
  let worker: RunningWorker
  before(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('workers-ai/provider-worker.mjs', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      conditions: ['workerd', 'worker', 'browser'],
      write: false,
      logLevel: 'error',
    })
    server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
    worker = await startWorkerd({ ...server, script: outputFiles[0]?.text ?? '' })
  })
  after(async () => {
    await worker.close()
    await server.close()
  })

  const ask = async (what: string) => (await worker.ask({ what })) as Record<string, unknown>

  it('reads text, thoughts, the end and the usage, whole and streamed', async () => {
    const whole = await ask('text')
    const { parts, ...streamed } = await ask('stream')
    assert.deepEqual(whole, { text: 'one two three', reasoning: 'Hm.', finish: 'stop', output: whole['output'] })
    assert.deepEqual(streamed, whole)
    assert.ok(Number(whole['output']) > 0)
    assert.ok(!(parts as string[]).includes('error'))
  })

  it('does not take a stream that was cut for a complete one', async () => {
    assert.notEqual((await ask('cut'))['finish'], 'stop')
  })

  it('gets an object by a schema that it sends bare', async () => {
    const { output } = (await ask('object')) as { output: { city: unknown; people: unknown } }
    assert.deepEqual([typeof output.city, Number.isInteger(output.people)], ['string', true])
  })

  it('goes through five turns of tools with thinking on, and sends the thoughts back', async () => {
    assert.deepEqual(await ask('tools'), { text: 'All seen.', asked: [1, 2, 3, 4, 5], steps: 6 })
  })

  it('works without a binding too, over REST', async () => {
    const { createWorkersAI } = (await importClient('workers-ai-provider')) as ProviderModule
    const { generateText } = (await importClient('ai')) as AiModule
    const toServer = (url: string, init: RequestInit) =>
      fetch(url.replace('https://api.cloudflare.com', server.url), init)
    const rest = createWorkersAI({ accountId: 'a', apiKey: server.key, fetch: toServer })
    const { text, reasoningText } = await generateText({ model: rest('@cf/moonshotai/kimi-k2.5'), prompt: 'say-it' })
    assert.deepEqual([text, reasoningText], ['one two three', 'Hm.'])
  })

  it('knows an error by its number, and that it may try again', async () => {
    const { error } = (await ask('busy')) as { error: Record<string, unknown> }
    assert.deepEqual([error['statusCode'], error['isRetryable']], [429, true])
    assert.match(String(error['message']), /^3040: /)
  })
})
