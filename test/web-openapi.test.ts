/** `docs/openapi/web.json` has every path that the workbench asks and no other, and each reply has just the fields that it names. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { sessionApi } from '../packages/server/src/apis/web/session-api.ts'
import { webApi } from '../packages/server/src/apis/web/web-api.ts'
import { ask } from './support/ask.ts'
import { TEST_ADMIN_KEY } from './support/operator.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Described {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >
}

const document = JSON.parse(readFileSync(new URL('../docs/openapi/web.json', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Where a value is not as it is described; `undefined`: it is. */
function misfit(schema: Schema, value: unknown, at: string): string | undefined {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return misfit(document.components.schemas[name] ?? assert.fail(name), value, at)
  }
  if (schema.anyOf !== undefined) {
    const all = schema.anyOf.map((one) => misfit(one, value, at))
    return all.includes(undefined) ? undefined : all[0]
  }
  if (schema.enum !== undefined) return schema.enum.includes(value) ? undefined : `${at}: ${String(value)}`
  switch (schema.type) {
    case 'null':
      return value === null ? undefined : at
    case 'integer':
      return Number.isInteger(value) ? undefined : at
    case 'array': {
      if (!Array.isArray(value)) return at
      return value
        .map((one, index) => misfit(schema.items ?? {}, one, `${at}/${index}`))
        .find((one) => one !== undefined)
    }
    case 'object': {
      if (typeof value !== 'object' || value === null) return at
      const { properties = {} } = schema
      const [names, there] = [Object.keys(properties).toSorted(), Object.keys(value).toSorted()]
      if (names.join() !== there.join()) return `${at}: has ${there.join()}`
      const found = Object.entries(value).map(([name, one]) => misfit(properties[name] ?? {}, one, `${at}/${name}`))
      return found.find((one) => one !== undefined)
    }
    case 'string':
    case 'number':
    case 'boolean':
    case undefined:
    default:
      return typeof value === schema.type ? undefined : at
  }
}

describe('docs/openapi/web.json', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ page: '/nowhere' })
  })
  after(() => server.close())

  it('has every route, and no other', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tables are read, and nobody is answered
    const [session, web] = [sessionApi({} as never), webApi({} as never)]
    const routes = [...session.routes, ...web.routes].map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    )
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(described.toSorted(), routes.toSorted())
  })

  it('describes each reply as it is, for a key, a session of both kinds, and one of an operator alone', async () => {
    const chat = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }], stream: true }
    const { host } = new URL(server.url)
    const page = { 'x-moonbase-web': '1', 'sec-fetch-site': 'same-origin', host }
    const key = { authorization: `Bearer ${TEST_KEY}` }
    const checked = async (method: string, path: string, headers: object, body?: unknown, as = path) => {
      const reply = await ask(server.url, path, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
      })
      assert.equal(reply.status, 200, `${method} ${path}: ${reply.text}`)
      const { responses } = document.paths[as]?.[method.toLowerCase()] ?? assert.fail(as)
      const schema = responses['200']?.content?.['application/json']?.schema ?? assert.fail(as)
      assert.equal(misfit(schema, reply.json, path), undefined)
      return reply
    }
    const cookieOf = ({ headers }: Awaited<ReturnType<typeof ask>>) => String(headers['set-cookie']).split(';')[0] ?? ''

    const printed = await checked('POST', '/web/v1/entries', {}, { api_key: TEST_KEY, admin_key: TEST_ADMIN_KEY })
    const entered = await checked('POST', '/web/v1/enter', page, printed.json)
    const operator = await checked('POST', '/web/v1/session', page, { key: TEST_ADMIN_KEY })
    for (const one of [entered, operator]) {
      const headers = { ...page, cookie: cookieOf(one) }
      await checked('GET', '/web/v1/session', headers)
      await checked('GET', '/web/v1/me', headers)
    }
    await checked('GET', '/web/v1/me', key)
    await checked('POST', '/web/v1/estimate', key, chat)
    const answered = await ask(server.url, '/v1/chat/completions', { body: chat, headers: key })
    const id = String(answered.headers['x-request-id'])
    await checked('GET', `/web/v1/requests/${id}`, key, undefined, '/web/v1/requests/{id}')
    await checked('GET', `/web/v1/requests/${id}/timeline`, key, undefined, '/web/v1/requests/{id}/timeline')
    // A session without an API key has nothing to estimate with, nor requests of its own.
    const alone = { ...page, cookie: cookieOf(operator) }
    assert.equal((await ask(server.url, '/web/v1/estimate', { body: chat, headers: alone })).status, 403)
    assert.equal((await ask(server.url, `/web/v1/requests/${id}`, { headers: alone })).status, 403)
  })
})
