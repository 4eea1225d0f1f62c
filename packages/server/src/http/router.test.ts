import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RoutePattern, router } from './router.ts'

const routes: readonly RoutePattern[] = [
  { method: 'GET', path: '/v1/files/:id' },
  { method: 'DELETE', path: '/v1/files/:id' },
]

describe('router', () => {
  const match = router(routes)

  it('finds a route with the parts of its path, decoded', () => {
    const { route, parameters } = match('DELETE', '/v1/files/a%20b')
    assert.equal(route, routes[1])
    assert.deepEqual({ ...parameters }, { id: 'a b' })
    assert.equal(match('GET', '/v1/files/x/').route, routes[0])
  })

  it('tells an unknown path from an unknown method', () => {
    assert.throws(() => match('GET', '/v2/files/x'), { code: 'route_not_found', status: 404 })
    assert.throws(() => match('POST', '/v1/files/x'), {
      code: 'method_not_allowed',
      publicMessage: 'Invalid request: /v1/files/x does not accept POST, use GET, DELETE',
      headers: { Allow: 'GET, DELETE' },
    })
  })

  it('survives paths that are none', () => {
    for (const path of ['', '*', '/%', '/%ff', '//', `/${'x'.repeat(10_000)}`, '/v1/files/%E0%A4%A']) {
      assert.throws(() => match('GET', path), { code: 'route_not_found' }, path)
    }
    assert.throws(() => match('BREW', '/v1/files/x'), { code: 'method_not_allowed' })
  })
})
