/** What one organisation may take of a running server, and what is left for the others: refusals, and who is answered meanwhile. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const HELLO = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }] }
const CHAT = '/v1/chat/completions'
const ESTIMATE = '/v1/tokenizers/estimate-token-count'

/** JSON of so many megabytes that says nothing but `{}`. */
const fullOfValues = (megabytes: number): string => `[${'{},'.repeat((megabytes * 1024 * 1024) / 3)}{}]`

describe('the shares of a server', () => {
  let server: TestServer
  let operator: Operator
  before(async () => {
    const shares = 'shares: { bodies_bytes: 28000000, estimates_per_minute: 5 }'
    server = await startServer({ config: `limits: { body_bytes: 20000000, ${shares} }` })
    operator = new Operator(server)
  })
  after(() => server.close())

  it('give each organisation estimates of its own, which are no part of its rate, and are free', async () => {
    const [one, other] = [await operator.customer({ voucher: '1', tier: '0' }), await operator.customer({ tier: '0' })]
    const ask = (path: string, key: string) => call(`${server.url}${path}`, { body: HELLO, key })
    // Tier 0 has three requests a minute.
    for (let asked = 0; asked < 5; asked += 1) assert.equal((await ask(ESTIMATE, one.key)).status, 200)
    const refused = await ask(ESTIMATE, one.key)
    assert.equal(refused.status, 429)
    assert.match(
      refused.text,
      /reached 5 estimates a minute, please try again after \d+ seconds","type":"rate_limit_reached_error"/,
    )
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await ask(ESTIMATE, other.key)).status, 200, 'somebody else asks on')
    assert.equal(await operator.available(one), 1)
    assert.equal((await ask(CHAT, one.key)).status, 200)
  })

  it('refuse twelve bodies full of small values one by one, and answer others meanwhile', async () => {
    const [hostile, other] = [await operator.customer({ voucher: '1' }), await operator.customer({ voucher: '1' })]
    const body = fullOfValues(17)
    const bombs = Array.from({ length: 12 }, () => call(`${server.url}${CHAT}`, { body, key: hostile.key }))
    const others: number[] = []
    for (let round = 0; round < 5; round += 1) {
      others.push((await call(`${server.url}${CHAT}`, { body: HELLO, key: other.key })).status)
      others.push((await call(`${server.url}/health`, { method: 'GET' })).status)
    }
    assert.deepEqual(new Set(others), new Set([200]))
    // One is parsed, in its turn; of the others there are more bytes than one may have in hand.
    const words = (await Promise.all(bombs)).map(({ status, text }) => `${status} ${text}`)
    for (const text of words) assert.match(text, /^400 .*holds more than 100000 values|^429 .*in hand at once/)
    assert.ok(words.some((text) => text.startsWith('400')))
  })

  it('let ten unfinished bodies of one key take what one may have, and answer everybody else', async () => {
    const [hostile, other] = [await operator.customer({ voucher: '1' }), await operator.customer({ voucher: '1' })]
    const { hostname, port } = new URL(server.url)
    const sockets = Array.from({ length: 10 }, () => connect(Number(port), hostname))
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${hostile.key}\r\nContent-Type: application/json\r\nContent-Length: 3500000\r\n\r\n`
    const replies: string[] = []
    for (const socket of sockets) {
      socket.on('data', (piece: Buffer) => replies.push(piece.toString('latin1')))
      // All but the last byte.
      socket.write(head + ' '.repeat(3_499_999))
    }
    // Three quarters of 28 million bytes are six of these.
    await eventually(
      () => replies,
      ({ length }) => length >= 4,
    )
    for (const reply of replies) {
      assert.match(reply, /^HTTP\/1\.1 429 [\s\S]*\r\nRetry-After: 1\r\n[\s\S]*is in hand at once: request bodies/)
    }
    const metrics = await call(`${server.url}/metrics`, { method: 'GET', key: 'sk-test-admin-key' })
    assert.ok(Number(/^moonbase_body_bytes (\d+)$/m.exec(metrics.text)?.[1]) <= 21_000_000)
    for (const size of [10, 900_000]) {
      const body = { ...HELLO, messages: [{ role: 'user', content: 'x'.repeat(size) }] }
      assert.notEqual((await call(`${server.url}${ESTIMATE}`, { body, key: other.key })).status, 503)
      assert.equal((await call(`${server.url}${CHAT}`, { body: HELLO, key: other.key })).status, 200)
    }
    for (const socket of sockets) socket.destroy()
  })
})
