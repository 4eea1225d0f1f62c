/** A start that finds an engine on this machine: what it says, what it uses, and what happens when it is read again. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ServeOptions, serve } from '@moonbase/server'
import { call } from './support/call.ts'
import { type HostileUpstream, openHostileUpstream } from './support/hostile-upstream.ts'

const KEY = 'sk-test-key-of-discovery'
const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, ...more }] })}\n\n`

/** A vLLM with K2.5, as far as a start and one question need it. */
function openVllm(): Promise<HostileUpstream> {
  return openHostileUpstream(({ path }) => {
    if (path === '/v1/models') {
      const model = { id: 'moonshotai/Kimi-K2.5', object: 'model', owned_by: 'vllm', max_model_len: 262_144 }
      return {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ object: 'list', data: [model] }),
      }
    }
    const answer = chunk({ role: 'assistant', content: 'From vLLM.' }) + chunk({}, { finish_reason: 'stop' })
    return { body: `${answer}data: [DONE]\n\n` }
  })
}

async function start(options: Pick<ServeOptions, 'places'> & { readonly environment?: Record<string, string> }) {
  const data = mkdtempSync(join(tmpdir(), 'moonbase-discovery-'))
  const lines: string[] = []
  const given = { MOONBASE_API_KEY: KEY, MOONBASE_ADMIN_KEY: `${KEY}-admin`, MOONBASE_LOG_LEVEL: 'silent' }
  try {
    const server = await serve({
      ...options,
      arguments: { port: 0, data },
      environment: { ...given, ...options.environment },
      print: (line) => void lines.push(line),
    })
    const close = async (): Promise<void> => {
      await server.close()
      rmSync(data, { recursive: true, force: true })
    }
    return Object.assign(server, { lines, [Symbol.asyncDispose]: close })
  } catch (error) {
    rmSync(data, { recursive: true, force: true })
    throw error
  }
}

const question = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Who are you?' }] }

test('with nothing configured it is named in one line, and the offline engine answers', async () => {
  await using vllm = await openVllm()
  await using server = await start({ places: [{ name: 'vLLM', origin: vllm.url }] })
  const said = server.lines.filter((line) => line.includes(vllm.url))
  assert.deepEqual(said, [
    `note: vLLM at ${vllm.url}/v1 (moonshotai/Kimi-K2.5) runs on this machine and is not used; start with MOONBASE_UPSTREAM=auto to use it`,
  ])
  const reply = await call(`${server.url}/v1/chat/completions`, { key: KEY, body: question })
  assert.equal(reply.status, 200)
  assert.deepEqual(
    vllm.requests.map(({ path }) => path),
    ['/v1/models'],
  )
})

test('with MOONBASE_UPSTREAM=auto it answers, asked as its kind wants it, and a reload keeps it', async () => {
  await using vllm = await openVllm()
  const environment = { MOONBASE_UPSTREAM: 'auto' }
  await using server = await start({ places: [{ name: 'vLLM', origin: vllm.url }], environment })
  assert.ok(
    server.lines.includes(`engine upstream: vllm at ${vllm.url}/v1 (as moonshotai/Kimi-K2.5) serves kimi-k2.5`),
    server.lines.join('\n'),
  )
  const reply = await call(`${server.url}/v1/chat/completions`, { key: KEY, body: question })
  assert.match(reply.text, /From vLLM\./)
  const asked = vllm.requests.find(({ path }) => path === '/v1/chat/completions')
  assert.equal(Object(JSON.parse(asked?.body ?? '{}')).model, 'moonshotai/Kimi-K2.5')
  const looks = (): number => vllm.requests.filter(({ headers }) => headers['accept'] === 'application/json').length
  const before = looks()
  assert.deepEqual(await server.reload(), { changed: [], needsRestart: [], notes: [] })
  assert.equal(looks(), before)
})

test('with MOONBASE_UPSTREAM=auto and nothing there the start ends with one line that says where was looked', async () => {
  await using other = await openHostileUpstream(() => ({ status: 404, body: 'not here' }))
  const starting = start({
    places: [{ name: 'vLLM', origin: other.url }],
    environment: { MOONBASE_UPSTREAM: 'auto' },
  })
  await assert.rejects(starting, {
    lines: [
      `MOONBASE_UPSTREAM: is auto, and no engine answers at ${new URL(other.url).host} (vLLM); start one, or name its address`,
    ],
  })
})
