/** What a reply says of itself in headers: who answered, and what was granted. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call } from './support/call.ts'
import { openHostileUpstream } from './support/hostile-upstream.ts'
import { startServer } from './support/start-server.ts'

const body = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }] }

describe('the headers of a reply', () => {
  it('name what the lenient switches of the key let pass, and nothing for a strict key', async () => {
    await using server = await startServer({
      environment: { MOONBASE_LENIENT: 'drop-fixed-sampling,ignore-unknown-fields' },
    })
    const url = `${server.url}/v1/chat/completions`
    const strict = await call(url, { body })
    assert.equal(strict.headers.get('x-moonbase-lenient'), null)
    for (const stream of [false, true]) {
      const lenient = await call(url, { body: { ...body, stream, temperature: 0.2, top_p: 1, 'a"\u00e9': 1 } })
      assert.equal(lenient.status, 200)
      assert.equal(
        lenient.headers.get('x-moonbase-lenient'),
        'ignore-unknown-fields;fields="a__", drop-fixed-sampling;fields="temperature top_p"',
      )
    }
  })

  it('stay short whatever a client sends', async () => {
    await using server = await startServer({ environment: { MOONBASE_LENIENT: 'ignore-unknown-fields' } })
    const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`field_${index}`, 1]))
    const reply = await call(`${server.url}/v1/chat/completions`, { body: { ...body, ...fields } })
    assert.equal(reply.status, 200)
    assert.ok((reply.headers.get('x-moonbase-lenient') ?? '').length < 300)
  })

  it('say truthfully that a stand-in answered, while the reply keeps the model that was asked for', async () => {
    const answer = {
      model: 'kimi-k2.6',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    }
    await using upstream = await openHostileUpstream(() => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    }))
    await using server = await startServer({
      config: `
engines:
  hosted: { type: openai-compatible, flavour: moonshot, url: '${upstream.url}/v1' }
models:
  kimi-k2.5: { engines: [hosted], stand_in: kimi-k2.6 }
`,
    })
    const reply = await call(`${server.url}/v1/chat/completions`, { body })
    assert.equal(reply.headers.get('x-moonbase-served-by'), 'kimi-k2.6; engine=hosted')
    assert.equal(reply.headers.get('x-moonbase-token-count'), null)
    assert.equal((reply.json as { model: string }).model, 'kimi-k2.5')
    const asked = JSON.parse(upstream.requests[0]?.body ?? '') as { model: string }
    assert.equal(asked.model, 'kimi-k2.6')
  })

  it('let a browser read them, and answer its preflight without a key', async () => {
    await using server = await startServer()
    const url = `${server.url}/v1/chat/completions`
    const origin = 'https://app.example'
    const preflight = await call(url, {
      method: 'OPTIONS',
      key: null,
      headers: { origin, 'access-control-request-headers': 'authorization,x-stainless-os' },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization,x-stainless-os')
    const reply = await call(url, { body, headers: { origin } })
    assert.equal(reply.headers.get('access-control-allow-origin'), '*')
    assert.match(reply.headers.get('access-control-expose-headers') ?? '', /x-moonbase-served-by/)
    assert.equal(reply.headers.get('x-moonbase-served-by'), 'moonbase-offline; engine=offline')
    assert.equal(reply.headers.get('x-moonbase-token-count'), 'approximate')
  })
})
