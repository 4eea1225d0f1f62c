import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { serveExchanges } from '../http/testing/serve-exchanges.ts'
import type { Api } from './api.ts'
import { mount, serveApis } from './serve-apis.ts'

const api = (name: string, fields: Partial<Api>): Api => ({
  name,
  prefixes: ['/'],
  order: 'route-first',
  pages: false,
  routes: [
    {
      method: 'POST',
      path: `/${name}`,
      answer: async (exchange: Exchange) => exchange.send(200, 'text/plain', `${(await exchange.readBody()).length}`),
    },
  ],
  refuse: (error, exchange) => exchange.send(error.status, 'text/plain', `${name} says ${error.publicMessage}`),
  ...fields,
})

describe('an overloaded server', () => {
  it('refuses in the words of each API, before a key is asked for or a body read, but for those that always answer', async () => {
    let overload: string | undefined = 'heap'
    const refused: (ApiError | undefined)[] = []
    const asked: string[] = []
    const authentication = {
      shown: (exchange: Exchange) => exchange.header('authorization'),
      find: () => undefined,
      admit: () => undefined,
    }
    const handle = serveApis(
      {
        throttle: {
          attempt<Found>({ address }: { readonly address: string }, _find: () => Found | undefined): Found {
            asked.push(address)
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody looks at whose key it is
            return undefined as Found
          },
        },
        cors: { origins: [] },
        now: () => 0,
        ready: () => true,
        hint: () => undefined,
        overload: () => overload,
        began: () => undefined,
        ended: (_, refusal) => refused.push(refusal),
      },
      [
        mount(api('one', { authentication })),
        mount(api('other', { prefixes: ['/other'] })),
        mount(api('health', { prefixes: ['/health'], always: true })),
      ],
    )
    await using server = await serveExchanges(handle)
    const ask = async (path: string) => {
      const reply = await fetch(`${server.url}${path}`, { method: 'POST', body: 'x'.repeat(100_000) })
      return `${reply.status} ${await reply.text()}`
    }
    const words = 'The server is busy, please try again later'
    assert.equal(await ask('/one'), `503 one says ${words}`)
    assert.equal(await ask('/other'), `503 other says ${words}`)
    assert.equal(await ask('/health'), '200 100000')
    assert.deepEqual(
      refused.map((refusal) => refusal && [refusal.code, refusal.retryAfterMs, refusal.message]),
      [
        ['server_busy', 1000, 'too much is under way: heap'],
        ['server_busy', 1000, 'too much is under way: heap'],
        undefined,
      ],
    )
    assert.deepEqual(asked, [], 'nobody was asked for a key')
    overload = undefined
    assert.equal(await ask('/one'), '200 100000')
    assert.deepEqual(asked, ['127.0.0.1'])
  })
})
