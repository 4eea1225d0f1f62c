/**
 * The real binding of Workers AI, inside workerd and through Miniflare, with nothing changed but an address and a key. The cases
 * are those of workerd's own tests of the class, and the four examples of the model's page.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { CLOUDFLARE_EXAMPLES, EXAMPLE_MODEL, EXAMPLE_OPTIONS } from '../support/cloudflare-examples.ts'
import { type TestServer, startServer } from '../support/start-server.ts'
import { AMPLE_MS, whySkipped } from './installed.ts'
import { type RunningWorker, startMiniflare, startWorkerd } from './workers-ai/start-worker.ts'

/** What the Worker says of one call of its binding. */
interface Outcome {
  readonly kind: 'object' | 'stream' | 'response' | 'error'
  readonly value?: unknown
  readonly text?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly name?: string
  readonly message?: string
  readonly lastRequestId: string | null
  readonly lastRequestHttpStatusCode: number | null
  readonly lastRequestInternalStatusCode: number | null
  readonly aiGatewayLogId: string | null
}

const SCRIPT = readFileSync(new URL('workers-ai/worker.mjs', import.meta.url), 'utf8')
const HOSTED = `@cf/${EXAMPLE_MODEL}`
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: Hm., text: one two three, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
  - { name: paused, match: { last_user: pause }, reply: { text: one two three, chunk_size: 4, fault: { silence_after_chunks: 2 } } }
  - { name: hanging, match: { last_user: hang }, reply: { text: never, pace: { first_token_ms: 30000 } } }
  - { name: spent, match: { last_user: memoization }, reply: { reasoning: "${'So, a dictionary of what is known. '.repeat(200)}", text: never reached } }
`
const say = (words: string, more: object = {}) => ({ messages: [{ role: 'user', content: words }], ...more })

interface Completion {
  readonly id: string
  readonly model: string
  readonly choices: readonly [
    {
      readonly finish_reason: string
      readonly message: { readonly content: string; readonly reasoning_content: string }
    },
  ]
  readonly gatewayMetadata?: unknown
}

function completionOf({ kind, value, message }: Outcome): Completion {
  assert.equal(kind, 'object', message)
  return value as Completion
}

const PLACES = [
  { name: 'workerd', packages: ['workerd'], start: startWorkerd },
  { name: 'Miniflare', packages: ['miniflare', 'workerd'], start: startMiniflare },
] as const

for (const { name, packages, start } of PLACES) {
  describe(`the binding in ${name}`, { timeout: AMPLE_MS, skip: whySkipped(...packages) }, () => {
    let server: TestServer
    let running: RunningWorker
    const worker = {
      call: async (what: string, ...args: readonly unknown[]) => (await running.ask({ what, args })) as Outcome,
    }
    before(async () => {
      server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
      running = await start({ ...server, script: SCRIPT })
    })
    after(async () => {
      await running.close()
      await server.close()
    })

    for (const { name: example, inputs } of CLOUDFLARE_EXAMPLES) {
      it(`runs the page's example "${example}"`, async () => {
        const outcome = await worker.call('run', EXAMPLE_MODEL, inputs, EXAMPLE_OPTIONS)
        const { model, choices } = completionOf(outcome)
        assert.equal(model, EXAMPLE_MODEL)
        if (inputs.max_tokens === 500)
          assert.deepEqual([choices[0].message.content, choices[0].finish_reason], ['', 'length'])
        else assert.notEqual(choices[0].message.content, '')
        assert.deepEqual([typeof outcome.lastRequestId, outcome.lastRequestHttpStatusCode], ['string', 200])
      })
    }

    it('gives an object, without options and with, of the proxied model and the hosted one', async () => {
      for (const outcome of [
        await worker.call('runWithoutOptions', EXAMPLE_MODEL, say('say-it')),
        await worker.call('run', EXAMPLE_MODEL, say('say-it'), {}),
        await worker.call('run', HOSTED, say('say-it'), { rejectIfBusy: true, tags: ['a:1'] }),
        await worker.call('run', HOSTED, { prompt: 'say-it' }, { extraHeaders: { 'x-session-affinity': 's1' } }),
        await worker.call('run', HOSTED, say('say-it'), { prefix: 'any' }),
      ]) {
        const { message } = completionOf(outcome).choices[0]
        assert.deepEqual([message.content, message.reasoning_content], ['one two three', 'Hm.'])
      }
    })

    it('gives a stream, piece by piece as it is written, and all of it until [DONE]', async () => {
      const outcome = await worker.call('run', EXAMPLE_MODEL, say('say-it', { stream: true }), EXAMPLE_OPTIONS)
      assert.equal(outcome.kind, 'stream')
      assert.ok(outcome.text?.endsWith('data: [DONE]\n\n'))
      // What it waits for is there while the answer is not over: this one never is.
      const begun = await worker.call('readUntil', 'two', EXAMPLE_MODEL, say('pause', { stream: true }))
      assert.equal(begun.kind, 'object', begun.message)
      const text = String(begun.value)
      assert.ok(text.includes('two') && !text.includes('[DONE]'), text)
    })

    it('is told in the stream of an answer that was cut, and never that it is complete', async () => {
      const { text = '' } = await worker.call('run', EXAMPLE_MODEL, say('please-cut', { stream: true }))
      assert.match(text, /"errors":\[\{"code":3008,/)
      assert.ok(!text.includes('[DONE]'))
    })

    it('gives the response itself where it is asked for, also where that is a refusal', async () => {
      const raw = { returnRawResponse: true }
      const good = await worker.call('run', EXAMPLE_MODEL, say('say-it'), raw)
      assert.deepEqual([good.kind, good.status, good.headers?.['content-type']], ['response', 200, 'application/json'])
      assert.match(good.headers?.['x-moonbase-served-by'] ?? '', /engine=offline/)
      const bad = await worker.call('run', EXAMPLE_MODEL, {}, raw)
      assert.deepEqual([bad.kind, bad.status], ['response', 400])
    })

    it('throws errors with the platform’s number, name and words', async () => {
      const thrown = async (model: string, inputs: object, options: object = {}) => {
        const outcome = await worker.call('run', model, inputs, options)
        assert.equal(outcome.kind, 'error')
        return [outcome.name, outcome.message, outcome.lastRequestInternalStatusCode]
      }
      assert.deepEqual(await thrown(EXAMPLE_MODEL, {}), [
        'InvalidInput',
        '8001: Invalid request: messages is required',
        8001,
      ])
      const [busy, words, code] = await thrown(EXAMPLE_MODEL, say('please-fail'))
      assert.deepEqual([busy, code], ['InferenceUpstreamError', 3040])
      assert.match(String(words), /^3040: The engine is not available/)
      assert.match(String((await thrown('@cf/no/model', say('x')))[1]), /^5007: /)
      assert.match(String((await thrown('openai/gpt', say('x')))[1]), /^7003: /)
      assert.match(String((await thrown(HOSTED, say('x'), { queueRequest: true }))[1]), /^8001: .*takes no batches/)
      assert.match(String((await thrown(EXAMPLE_MODEL, say('x', { tool_choice: 'any' })))[1]), /^8001: /)
    })

    it('refuses what this model does not take: bytes, forms, sockets', async () => {
      for (const what of ['runBytes', 'runForm']) {
        const outcome = await worker.call(what, HOSTED)
        assert.equal(outcome.kind, 'error', what)
        assert.match(outcome.message ?? '', /^8001: Invalid request: content type/)
      }
      // The class itself, before anything is sent.
      assert.match((await worker.call('runUntypedBytes', HOSTED)).message ?? '', /Content-Type is required/)
      assert.match((await worker.call('runTwoBytes', HOSTED)).message ?? '', /Multiple ReadableStreams/)
    })

    it('stops with its signal, before and while the model is asked', async () => {
      assert.equal((await worker.call('runAborted', EXAMPLE_MODEL, say('say-it'))).name, 'AbortError')
      assert.equal((await worker.call('runAndAbort', EXAMPLE_MODEL, say('hang'), 200)).name, 'AbortError')
    })

    it('lists models, with parameters and without, and reads why it cannot', async () => {
      const all = (await worker.call('models')).value as { name: string }[]
      assert.ok(all.some((model) => model.name === HOSTED))
      const found = (await worker.call('models', { search: 'kimi-k2.5', per_page: 1 })).value as { name: string }[]
      assert.deepEqual(
        found.map((model) => model.name),
        [HOSTED],
      )
      const bad = await worker.call('models', { page: 0 })
      assert.deepEqual([bad.kind, bad.message?.includes('page must be a positive integer')], ['error', true])
    })

    it('makes Markdown of one document and of several, and says what it reads', async () => {
      const html = { name: 'a.html', type: 'text/html', text: '<h1>Title</h1><p>Some <b>bold</b> text</p>' }
      const pdf = { name: 'b.pdf', type: 'application/pdf', text: '%PDF-1.7' }
      const one = (await worker.call('toMarkdownOfOne', html)).value as Record<string, unknown>
      assert.deepEqual([one['format'], one['data']], ['markdown', '# Title\n\nSome **bold** text'])
      const both = (await worker.call('toMarkdown', [html, pdf])).value as Record<string, unknown>[]
      assert.deepEqual(
        both.map(({ format }) => format),
        ['markdown', 'error'],
      )
      const supported = (await worker.call('supported')).value as { mimeType: string }[]
      assert.ok(supported.some(({ mimeType }) => mimeType === 'text/html'))
    })

    it('goes through a gateway: its log is found by the id that the binding notes, is judged, and is nobody’s else', async () => {
      const { aiGatewayLogId: id } = await worker.call('run', EXAMPLE_MODEL, say('say-it'), {
        gateway: { id: 'default', metadata: { who: 'test', n: 1 } },
      })
      assert.ok(id !== null)
      assert.equal((await worker.call('patchLog', 'default', id, { score: 80, feedback: 1 })).kind, 'object')
      const log = (await worker.call('getLog', 'default', id)).value as Record<string, unknown>
      assert.deepEqual(
        [log['id'], log['isDate'], log['model'], log['provider'], log['success'], log['metadata']],
        [id, true, EXAMPLE_MODEL, 'moonshotai', true, { who: 'test', n: 1 }],
      )
      const none = await worker.call('getLog', 'default', 'none')
      assert.deepEqual([none.kind, none.name], ['error', 'AiGatewayLogNotFound'])
    })

    it('is answered from the cache of a gateway the second time, streams as streams', async () => {
      const cached = { gateway: { id: 'default', cacheTtl: 3600 }, returnRawResponse: true }
      for (const inputs of [say('say-it', { seed: 1 }), say('say-it', { seed: 1, stream: true })]) {
        const [first, again] = [
          await worker.call('run', EXAMPLE_MODEL, inputs, cached),
          await worker.call('run', EXAMPLE_MODEL, inputs, cached),
        ]
        assert.deepEqual(
          [first.headers?.['cf-aig-cache-status'], again.headers?.['cf-aig-cache-status']],
          ['MISS', 'HIT'],
        )
        assert.deepEqual([again.text, again.headers?.['content-type']], [first.text, first.headers?.['content-type']])
      }
    })

    it('asks a gateway’s own endpoint with one step and with several, and where it is', async () => {
      const step = (content: string, model = EXAMPLE_MODEL) => ({
        provider: 'moonshot',
        endpoint: 'v1/chat/completions',
        headers: { 'x-number': 1 },
        query: { model, messages: [{ role: 'user', content }] },
      })
      const one = await worker.call('universal', 'default', step('say-it'))
      assert.deepEqual([one.status, one.headers?.['cf-aig-step']], [200, '0'])
      const two = await worker.call('universal', 'default', [step('x', 'no-model'), step('say-it')])
      assert.deepEqual([two.status, two.headers?.['cf-aig-step']], [200, '1'])
      const url = (await worker.call('getUrl', 'default', 'moonshot')).value as string
      assert.match(url, /\/default\/moonshot\/?$/)
    })

    it('comes back to a stream by its own fetch, and is told when there is none', async () => {
      const raw = await worker.call('run', EXAMPLE_MODEL, say('say-it', { stream: true }), { returnRawResponse: true })
      const id = raw.headers?.['cf-aig-run-id'] ?? assert.fail('no run id')
      const at = (run: string) => `https://workers-binding.ai/ai-gateway/gateways/default/run/${run}/resume?from=2`
      const again = await worker.call('fetch', at(id))
      const blocks = (text = '') => text.replaceAll(/^id: \d+\n/gm, '').split('\n\n')
      assert.deepEqual(blocks(again.text), blocks(raw.text).slice(2))
      const gone = await worker.call('fetch', at('none'))
      assert.deepEqual([gone.status, gone.text], [404, '{"error":"Request not found"}'])
    })
  })
}
