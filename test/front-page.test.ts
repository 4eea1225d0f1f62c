/** `/` of a server whose workbench is not built: a page for people who open it in a browser, and for programs what the platform answered there. */

import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import OpenAI, { AuthenticationError } from 'openai'
import { type TestServer, startServer } from './support/start-server.ts'

const CHROMIUM =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
const BROWSERS = {
  Chromium: CHROMIUM,
  Firefox: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  Lynx: 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01',
}
const PROGRAMS = {
  'curl and fetch': '*/*',
  'clients of OpenAI': 'application/json',
  axios: 'application/json, text/plain, */*',
  'who has no use for a page': 'application/json, text/html;q=0',
  'who says nothing': undefined,
}

describe('/', () => {
  let server: TestServer
  before(async () => {
    // Nothing was ever built there.
    server = await startServer({ page: fileURLToPath(new URL('./support/', import.meta.url)) })
  })
  after(() => server.close())

  /** With exactly these headers: `fetch` sends no `Host` but its own. */
  async function ask(method: string, headers: Record<string, string | undefined>) {
    const said = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      request(server.url, { method, headers: Object.fromEntries(said) }, resolve)
        .once('error', reject)
        .end()
    })
    return { status: reply.statusCode, headers: reply.headers, body: await text(reply) }
  }

  for (const [browser, accept] of Object.entries(BROWSERS)) {
    it(`is a page without a script for ${browser}`, async () => {
      const { status, headers, body } = await ask('GET', { accept })
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'unsafe-inline';/)
      assert.deepEqual([headers['vary'], headers['cache-control']], ['Accept', 'no-store'])
      assert.match(body, /^<!doctype html>[^]*<\/html>\n$/)
      assert.doesNotMatch(body, /<script|\son\w+=|https?:\/\/(?!127\.0\.0\.1|www\.w3\.org\/2000\/svg)/)
    })
  }

  it('says with which command the workbench is built', async () => {
    assert.match((await ask('GET', { accept: CHROMIUM })).body, /<pre>npm run prepare<\/pre>/)
  })

  it('holds a command that can be copied, with the address under which the browser came', async () => {
    const url = server.url
    const { body } = await ask('GET', { accept: CHROMIUM })
    assert.ok(body.includes(`curl -N ${url}/v1/chat/completions \\\n`))
    assert.ok(body.includes(`<code>${url}/v1</code>`))
    for (const host of ['moon.example', 'moon.example:8443', '[::1]:2500', 'moon_base']) {
      assert.ok((await ask('GET', { accept: CHROMIUM, host })).body.includes(`curl -N http://${host}/v1/`), host)
    }
    const behindTls = { accept: CHROMIUM, host: 'moon.example', 'x-forwarded-proto': 'https' }
    assert.ok((await ask('GET', behindTls)).body.includes('curl -N https://moon.example/v1/'))
  })

  it('says nothing after a Host that is no plain address', async () => {
    for (const host of ['a$(b)', "a'b", 'a:b', 'x'.repeat(254)]) {
      const { body } = await ask('GET', { accept: CHROMIUM, host })
      assert.ok(body.includes('curl -N http://&lt;this address&gt;/v1/'), host)
    }
    // What can be no host at all is refused before any page.
    for (const host of ['<script>', 'a"b', 'a b', 'a/b', 'a@b']) {
      const { status, body } = await ask('GET', { accept: CHROMIUM, host })
      assert.equal(status, 400)
      assert.ok(!body.includes(host), host)
    }
  })

  it('has the same head for HEAD, and no body', async () => {
    const page = await ask('GET', { accept: CHROMIUM })
    const head = await ask('HEAD', { accept: CHROMIUM })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const name of ['content-type', 'content-length', 'content-security-policy', 'vary', 'cache-control']) {
      assert.equal(head.headers[name], page.headers[name], name)
    }
  })

  for (const [program, accept] of Object.entries(PROGRAMS)) {
    it(`is the refusal of the platform for ${program}`, async () => {
      const { status, headers, body } = await ask('GET', { accept })
      assert.equal(status, 401)
      assert.equal(headers['content-type'], 'application/json; charset=utf-8')
      assert.equal(body, '{"error":{"message":"Incorrect API key provided","type":"incorrect_api_key_error"}}')
      assert.equal((await ask('HEAD', { accept })).status, 401)
    })
  }

  it('is the refusal of the platform for fetch and the OpenAI client themselves, and for anything but reading', async () => {
    assert.equal((await fetch(server.url)).status, 401)
    const client = new OpenAI({ baseURL: server.url, apiKey: 'sk-nobody-has-this', maxRetries: 0 })
    await assert.rejects(client.get('/'), AuthenticationError)
    assert.equal((await ask('POST', { accept: CHROMIUM })).status, 401)
  })

  it('is the only path with a page', async () => {
    for (const path of ['/v1', '/v1/models', '/index.html', '//']) {
      const reply = await fetch(`${server.url}${path}`, { headers: { accept: CHROMIUM } })
      assert.equal(reply.headers.get('content-type'), 'application/json; charset=utf-8', path)
    }
  })
})
