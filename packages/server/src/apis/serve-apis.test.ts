import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ApiError } from '@moonbase/protocol'
import { eventually } from '../../../../test/support/eventually.ts'
import type { Exchange } from '../http/exchange.ts'
import { serveExchanges } from '../http/testing/serve-exchanges.ts'
import { OverloadGuard } from '../shares/overload-guard.ts'
import type { Api } from './api.ts'
import { refuse } from './refuse.ts'
import { type ServeParts, mount, serveApis } from './serve-apis.ts'

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

/** Nobody is slowed down, and nobody listens. */
const QUIET: ServeParts = {
  throttle: {
    attempt() {
      throw new Error('no API here asks for a key')
    },
  },
  cors: { origins: [] },
  now: () => 0,
  ready: () => true,
  hint: () => undefined,
  overload: () => undefined,
  began: () => undefined,
  ended: () => undefined,
}

describe('whose an exchange is', () => {
  const route = (path: string): Api['routes'] => [
    { method: 'POST', path, answer: (exchange) => exchange.send(200, 'text/plain', 'answered') },
  ]

  it('is who claims it, else the longest prefix, else who claims what nobody names, else the one that has the rest', async () => {
    const refusing = (name: string): Pick<Api, 'refuse'> => ({
      refuse: (error, exchange) => exchange.send(error.status, 'text/plain', name),
    })
    const apis = [
      mount(api('rest', { ...refusing('rest'), prefixes: ['/', '/named'], routes: route('/named') })),
      mount(api('deeper', { ...refusing('deeper'), prefixes: ['/named/deeper'], routes: [] })),
      mount(
        api('first', { ...refusing('first'), prefixes: [], claims: (exchange) => exchange.header('x-of') === 'first' }),
      ),
      mount(
        api('unnamed', {
          ...refusing('unnamed'),
          prefixes: ['/its-own'],
          claimsUnnamed: (exchange) => exchange.header('x-of') === 'unnamed',
        }),
      ),
    ]
    await using server = await serveExchanges(serveApis(QUIET, apis))
    const ask = async (path: string, of = ''): Promise<string> => {
      const reply = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'x-of': of } })
      return reply.text()
    }
    assert.equal(await ask('/named'), 'answered')
    assert.equal(await ask('/named', 'first'), 'first')
    assert.equal(await ask('/named', 'unnamed'), 'answered')
    assert.equal(await ask('/named/deeper/x', 'unnamed'), 'deeper')
    assert.equal(await ask('/its-own/x'), 'unnamed')
    assert.equal(await ask('/nowhere'), 'rest')
    assert.equal(await ask('/nowhere', 'unnamed'), 'unnamed')
  })
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
        ...QUIET,
        throttle: {
          attempt<Found>({ address }: { readonly address: string }, _find: () => Found | undefined): Found {
            asked.push(address)
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody looks at whose key it is
            return undefined as Found
          },
        },
        overload: () => overload,
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

  it('of 256 clients ends what it has begun, lets one in now and then, and tells the others to come again', async () => {
    const guard = new OverloadGuard({ heap: 0.9, delayMs: 500 })
    const look = (heapBytes: number, times = 1): void => {
      for (let looks = 0; looks < times; looks += 1) guard.look({ heapBytes, heapLimitBytes: 100, delayMs: 0 })
    }
    const now = { underWay: 0, most: 0 }
    let leave = Promise.withResolvers<void>()
    const chat = api('chat', {
      refuse,
      routes: [
        {
          method: 'POST',
          path: '/chat',
          answer: async (exchange: Exchange) => {
            now.underWay += 1
            now.most = Math.max(now.most, now.underWay)
            await leave.promise
            now.underWay -= 1
            exchange.send(200, 'text/plain', 'whole')
          },
        },
      ],
    })
    const health = api('health', { prefixes: ['/health'], always: true })
    const serving = { ...QUIET, overload: () => guard.refusal() }
    await using server = await serveExchanges(serveApis(serving, [mount(chat), mount(health)]))
    const ask = async (path = '/chat'): Promise<string> => {
      const reply = await fetch(`${server.url}${path}`, { method: 'POST', body: 'x' })
      return `${reply.status} ${reply.headers.get('retry-after')} ${await reply.text()}`
    }
    const clients = (count: number): Promise<string>[] => Array.from({ length: count }, () => ask())
    const reach = (count: number): Promise<number> =>
      eventually(
        () => now.underWay,
        (underWay) => underWay >= count,
      )
    const tally = async (replies: readonly Promise<string>[]): Promise<Record<string, number>> => {
      const all = Object.entries(Object.groupBy(await Promise.all(replies), (reply) => reply))
      return Object.fromEntries(all.map(([reply, same = []]) => [reply, same.length]))
    }
    const REFUSAL =
      '503 1 {"error":{"message":"The server is busy, please try again later","type":"server_unavailable"}}'

    const first = clients(100)
    await reach(100)
    look(95)
    assert.deepEqual(await tally(clients(78)), { [REFUSAL]: 78 })
    look(95, 4)
    const later = clients(78)
    await reach(101)
    assert.equal(await ask('/health'), '200 null 1', 'whoever watches it is answered')
    leave.resolve()
    assert.deepEqual(await tally([...first, ...later]), { '200 null whole': 101, [REFUSAL]: 77 })
    assert.deepEqual([now.most, guard.refused], [101, { heap: 155, delay: 0 }])

    look(79)
    leave = Promise.withResolvers()
    const all = clients(256)
    await reach(256)
    leave.resolve()
    assert.deepEqual(await tally(all), { '200 null whole': 256 })
  })
})
