/** `fetch-image-urls`, end to end: clients that send URLs of images, an image host on loopback, and an operator who may forbid it. */

import assert from 'node:assert/strict'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import { type CalledReply, call } from './support/call.ts'
import { once } from './support/eventually.ts'
import { Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: What is it }, reply: { text: I see it } }
`
const ASKED = { 'x-moonbase-lenient': 'fetch-image-urls' }

describe('images at URLs', { timeout: 60_000 }, () => {
  let host: Server
  let port: number
  let asked: string[]
  let server: TestServer
  let operator: Operator

  before(async () => {
    host = createServer((request, response) => {
      const { url = '' } = request
      asked.push(url)
      if (url.startsWith('/away')) return void response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
      if (url.startsWith('/gone')) return void response.writeHead(404).end()
      if (url.startsWith('/page')) return void response.setHeader('content-type', 'text/html').end('<p>')
      if (url.startsWith('/odd')) return void response.setHeader('content-type', 'image/png').end('no image')
      response.setHeader('content-type', 'application/octet-stream').end(Buffer.from(PNG, 'base64'))
    }).listen(0, '127.0.0.1')
    await once(host, 'listening')
    port = (host.address() as AddressInfo).port
    server = await startServer({ scenarios: SCENARIOS, config: `outgoing: { may_ask: ["127.0.0.1:${port}"] }` })
    operator = new Operator(server)
  })
  after(async () => {
    host.closeAllConnections()
    host.close()
    await server.close()
  })

  const at = (path: string): string => `http://127.0.0.1:${port}${path}`
  const image = (url: string) => ({ type: 'image_url', image_url: { url } })
  const chat = (urls: readonly string[], headers: Record<string, string>, to = server): Promise<CalledReply> => {
    asked = []
    const content = [...urls.map(image), { type: 'text', text: 'What is it?' }]
    return call(`${to.url}/v1/chat/completions`, {
      body: { model: 'kimi-k2.5', messages: [{ role: 'user', content }] },
      headers,
    })
  }
  const messageOf = ({ json }: CalledReply): string => (json as { error: { message: string } }).error.message
  const usageOf = ({ json }: CalledReply): unknown => (json as { usage: { prompt_tokens: number } }).usage.prompt_tokens

  it('are refused without the switch, with the platform’s words and a hint, and nobody is asked', async () => {
    const reply = await chat([at('/a.png')], {})
    assert.equal(reply.status, 400)
    assert.equal(messageOf(reply), `Invalid request: unsupported image url: ${at('/a.png')}`)
    assert.match(reply.headers.get('x-moonbase-hint') ?? '', /^fetch-image-urls; send the header/)
    assert.deepEqual(asked, [])
  })

  it('are fetched with it, counted as if they had been sent, and the reply says so', async () => {
    const reply = await chat([at('/a.png?x=1')], ASKED)
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.headers.get('x-moonbase-lenient'), 'fetch-image-urls;fields="messages.0.content"')
    assert.deepEqual(asked, ['/a.png?x=1'])
    const inline = await chat([`data:image/png;base64,${PNG}`], ASKED)
    assert.equal(usageOf(reply), usageOf(inline))
    assert.equal(inline.headers.get('x-moonbase-lenient'), null)
  })

  it('are fetched once each, in their order, for a stream and for the official client too', async () => {
    await chat([at('/a.png'), at('/b.png'), at('/a.png')], ASKED)
    assert.deepEqual(asked, ['/a.png', '/b.png'])
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, defaultHeaders: ASKED, maxRetries: 0 })
    const stream = await client.chat.completions.create({
      model: 'kimi-k2.5',
      stream: true,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: at('/c.png') } },
          ],
        },
      ],
    })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    assert.equal(text, 'I see it')
    assert.equal(asked.at(-1), '/c.png')
  })

  it('that lead to what is not public are refused in the same words, whatever is there', async () => {
    for (const url of ['http://10.0.0.1/x', 'http://localhost/', 'http://[::1]/', at('/away')]) {
      const reply = await chat([url], ASKED)
      assert.equal(reply.status, 400)
      const words = 'could not be fetched: its host is not one of the public internet'
      assert.equal(messageOf(reply), `Invalid request: the image ${url} ${words}`)
      assert.equal(reply.headers.get('x-moonbase-hint'), null)
    }
  })

  it('that are none, or not there, are refused with why', async () => {
    const refused: [string, string][] = [
      [at('/gone'), `Invalid request: the image ${at('/gone')} could not be fetched: its host answered 404`],
      [
        at('/page'),
        `Invalid request: the image ${at('/page')} could not be fetched: its host says that it is no image`,
      ],
      [at('/odd'), 'unsupported image format'],
    ]
    for (const [url, words] of refused) assert.equal(messageOf(await chat([url], ASKED)), words)
  })

  it('are fetched for a key that has the switch, and only images are: a video’s URL stays refused', async () => {
    await using lenient = await startServer({
      scenarios: SCENARIOS,
      config: `{ lenient: [fetch-image-urls], outgoing: { may_ask: ["127.0.0.1:${port}"] } }`,
    })
    assert.equal((await chat([at('/a.png')], {}, lenient)).status, 200)
    const content = [{ type: 'video_url', video_url: { url: at('/a.mp4') } }]
    const reply = await call(`${lenient.url}/v1/chat/completions`, {
      body: { model: 'kimi-k2.5', messages: [{ role: 'user', content }] },
    })
    assert.equal(messageOf(reply), `Invalid request: unsupported video url: ${at('/a.mp4')}`)
  })

  it('are fetched for nobody where the operator forbids it, whatever the key says', async () => {
    await using closed = await startServer({ scenarios: SCENARIOS, config: 'outgoing: { image_urls: false }' })
    await using strict = await startServer({
      scenarios: SCENARIOS,
      config: `{ lenient: [fetch-image-urls], outgoing: { image_urls: false, may_ask: ["127.0.0.1:${port}"] } }`,
    })
    for (const headers of [{}, ASKED]) {
      const reply = await chat([at('/a.png')], headers, strict)
      assert.equal(reply.status, 400)
      assert.equal(messageOf(reply), `Invalid request: unsupported image url: ${at('/a.png')}`)
      assert.equal(reply.headers.get('x-moonbase-hint'), null)
    }
    const reply = await call(`${closed.url}/v1/chat/completions`, {
      body: { model: 'kimi-k2.5', messages: [{ role: 'user', content: [image(at('/a.png'))] }] },
    })
    assert.equal(reply.headers.get('x-moonbase-hint'), null, 'what does nothing is no advice')
    assert.deepEqual(asked, [])
  })

  it('are asked for before the account is billed for anything, and not for one that may not ask', async () => {
    const poor = await operator.customer({})
    asked = []
    const reply = await call(`${server.url}/v1/chat/completions`, {
      key: poor.key,
      body: { model: 'moonshot-v1-8k', messages: [{ role: 'user', content: [image(at('/a.png'))] }] },
      headers: ASKED,
    })
    assert.equal(reply.status, 400)
    assert.deepEqual(asked, [], 'a model that sees no images needs none')
  })
})
