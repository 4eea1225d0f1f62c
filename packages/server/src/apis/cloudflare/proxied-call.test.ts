import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import { unwrapProxied } from './proxied-call.ts'

function exchangeAt(path: string, headers: Readonly<Record<string, string>> = {}): Exchange {
  return {
    id: 'id',
    method: 'POST',
    notes: {},
    path,
    query: 'own=1',
    address: '127.0.0.1',
    header: (name) => headers[name],
    signal: new AbortController().signal,
    abort: () => undefined,
    readBody: () => Promise.reject(apiError('internal')),
    body: () => assert.fail('not asked'),
    setHeader: () => undefined,
    send: () => undefined,
    open: () => assert.fail('not asked'),
  }
}

const look = (exchange: Exchange, name: string) => [exchange.path, exchange.query, exchange.header(name)]

describe('a call in an envelope', () => {
  const url = 'https://workers-binding.ai/ai-api/models/search?search=k'

  it('is at the path that it names, with its own headers, and the key that stood in the other', () => {
    const call = unwrapProxied(exchangeAt('/workers-ai/sk-1', { 'mf-url': url, 'mf-header-content-type': 'a/b' }))
    assert.deepEqual(look(call, 'content-type'), ['/ai-api/models/search', 'search=k', 'a/b'])
    assert.equal(call.header('authorization'), 'Bearer sk-1')
    assert.equal(call.header('mf-url'), undefined)
    const shown = unwrapProxied(exchangeAt('/any/sk-1', { 'mf-url': url, authorization: 'Bearer sk-2' }))
    assert.equal(shown.header('authorization'), 'Bearer sk-2')
    const encoded = unwrapProxied(exchangeAt('/workers-ai/sk%2D1', { 'mf-url': url }))
    assert.equal(encoded.header('authorization'), 'Bearer sk-1')
  })

  it('is at nobody’s path where it names none, and shows no key where none can be', () => {
    for (const path of ['/workers-ai/sk-1', '/workers-ai/sk-1/', '/workers-ai/%E0%A4%A', '/workers-ai/"x"']) {
      const call = unwrapProxied(exchangeAt(path, { 'mf-header-x': 'y' }))
      assert.deepEqual(look(call, 'x'), ['/workers-ai', '', 'y'])
      assert.equal(call.header('authorization'), path === '/workers-ai/sk-1' ? 'Bearer sk-1' : undefined)
    }
    assert.equal(unwrapProxied(exchangeAt('/', { 'mf-url': 'no address' })).path, '/workers-ai')
  })

  it('is let be where it is no call', () => {
    const exchange = exchangeAt('/v1/chat/completions', { authorization: 'Bearer sk-1' })
    assert.equal(unwrapProxied(exchange), exchange)
    assert.deepEqual(look(exchange, 'authorization'), ['/v1/chat/completions', 'own=1', 'Bearer sk-1'])
    assert.equal(unwrapProxied(exchangeAt('/workers-ai')).path, '/workers-ai')
  })
})
