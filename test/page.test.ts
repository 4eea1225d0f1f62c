/** The built page as the server sends it: its headers, its files, its address under every path that no API has. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { type Asked, ask } from './support/ask.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const SCRIPT = 'export const answer = 42\n'.repeat(50)
const INDEX = `<!doctype html>
<meta property="csp-nonce" nonce="__MOONBASE_NONCE__">
<style nonce="__MOONBASE_NONCE__"></style>
<pre>curl __MOONBASE_ADDRESS__/v1</pre>
`

/** What Vite leaves behind. */
function builtPage(folder: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  mkdirSync(join(folder, '.vite'))
  writeFileSync(join(folder, 'index.html'), INDEX)
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, '.vite/manifest.json'), '{}')
  writeFileSync(join(folder, 'sources.sha256'), 'of the build')
  writeFileSync(join(folder, 'assets/index-3eLaH_rL.js'), SCRIPT)
  writeFileSync(join(folder, 'assets/index-3eLaH_rL.js.br'), brotliCompressSync(SCRIPT))
  writeFileSync(join(folder, 'assets/index-3eLaH_rL.js.gz'), gzipSync(SCRIPT))
  writeFileSync(join(folder, 'assets/small-00000000.css'), 'a{}')
}

describe('the page', () => {
  let root: string
  let server: TestServer
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'moonbase-page-'))
    writeFileSync(join(root, 'secret.js'), 'secret')
    builtPage(join(root, 'dist'))
    symlinkSync(join(root, 'secret.js'), join(root, 'dist/assets/link-11111111.js'))
    server = await startServer({ page: join(root, 'dist') })
  })
  after(async () => {
    await server.close()
    rmSync(root, { recursive: true })
  })
  const get = (path: string, headers: Asked['headers'] = {}) => ask(server.url, path, { headers })
  const page = (path: string, headers: Asked['headers'] = {}) => get(path, { accept: BROWSER, ...headers })

  it('has a nonce of its own in header and text each time, and is never kept', async () => {
    const nonces = new Set<string>()
    for (let time = 0; time < 5; time++) {
      const { status, headers, text } = await page('/')
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.deepEqual([headers['cache-control'], headers['vary'], headers.etag], ['no-store', 'Accept', undefined])
      const policy = String(headers['content-security-policy'])
      const [, nonce = ''] = /'nonce-([\w+/]{24})'/.exec(policy) ?? []
      assert.equal(
        policy,
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types moonbase`,
      )
      assert.equal(text, INDEX.replaceAll('__MOONBASE_NONCE__', nonce).replace('__MOONBASE_ADDRESS__', server.url))
      nonces.add(nonce)
    }
    assert.equal(nonces.size, 5)
  })

  it('is alone in its process, tells nobody where its reader was, and asks a browser for nothing but the clipboard', async () => {
    for (const path of ['/', '/assets/index-3eLaH_rL.js', '/favicon.svg']) {
      const { headers } = await page(path)
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path)
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path)
      assert.equal(headers['referrer-policy'], 'no-referrer', path)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
      const allowed = String(headers['permissions-policy'])
        .split(', ')
        .filter((one) => !one.endsWith('=()'))
      assert.deepEqual(allowed, ['clipboard-write=(self)'], path)
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/, path)
    }
  })

  it('opens under every path that no API has', async () => {
    for (const path of [
      '/',
      '/c/1',
      '/compare/a?x=1',
      '/settings',
      '/requests/0000',
      '/index.html',
      '//',
      '/?model=x',
    ]) {
      const { status, headers } = await page(path)
      assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'], path)
    }
  })

  it('leaves all paths of the APIs to them, and all that is no reading', async () => {
    const paths = [
      '/v1',
      '/v1/models',
      '/v1/nothing',
      '/v1/messages',
      '/admin/v1/nothing',
      '/metrics',
      '/health',
      '/ready',
    ]
    for (const path of [...paths, '/api/ai/models', '/client/v4/accounts', '/anthropic/v1/models', '/web/v1/me']) {
      assert.doesNotMatch(String((await page(path)).headers['content-type']), /html/, path)
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const reply = await ask(server.url, '/', { method, headers: { accept: BROWSER } })
      assert.deepEqual([reply.status, reply.headers['content-type']], [401, 'application/json; charset=utf-8'], method)
    }
  })

  it('changes nothing for programs, but at the names of its files', async () => {
    for (const accept of ['*/*', 'application/json', undefined, 'text/html;q=0']) {
      for (const path of ['/', '/c/1', '/assets/', '/assets/other.js', '/.vite/manifest.json', '/sources.sha256']) {
        const { status, text } = await get(path, { accept })
        assert.equal(status, 401, path)
        assert.match(text, /incorrect_api_key_error/, path)
        assert.equal((await get(path, { accept, authorization: `Bearer ${TEST_KEY}` })).status, 404, path)
      }
    }
  })

  it('has the same head for HEAD, and no body', async () => {
    for (const path of ['/', '/assets/index-3eLaH_rL.js']) {
      const head = await ask(server.url, path, { method: 'HEAD', headers: { accept: BROWSER } })
      const whole = await page(path)
      assert.deepEqual([head.status, head.text], [200, ''], path)
      for (const name of ['content-type', 'content-length', 'cache-control', 'vary', 'etag']) {
        assert.equal(head.headers[name], whole.headers[name], name)
      }
    }
  })

  it('sends what has a hash in its name for good, in the smallest form that is wanted', async () => {
    const path = '/assets/index-3eLaH_rL.js'
    const forms = [
      ['br, gzip', 'br', brotliDecompressSync],
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['GZIP', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
      ['deflate', undefined, Buffer.from],
      ['*', undefined, Buffer.from],
      [undefined, undefined, Buffer.from],
    ] as const
    const tags = new Set<string | undefined>()
    for (const [accepted, encoding, decoded] of forms) {
      const { status, headers, bytes } = await get(path, { 'accept-encoding': accepted })
      assert.equal(status, 200)
      assert.equal(headers['content-encoding'], encoding, accepted)
      assert.equal(decoded(bytes).toString(), SCRIPT)
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(headers['vary'], 'Accept-Encoding')
      tags.add(headers.etag)
    }
    assert.equal(tags.size, 3)
    assert.equal((await get('/assets/small-00000000.css', { 'accept-encoding': 'br' })).text, 'a{}')
  })

  it('says of a file that a browser has that it has not changed', async () => {
    const { headers } = await get('/favicon.svg')
    assert.equal(headers['cache-control'], 'no-cache')
    const tag = String(headers.etag)
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get('/favicon.svg', { 'if-none-match': known })
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', tag], known)
    }
    assert.equal((await get('/favicon.svg', { 'if-none-match': '"other"' })).status, 200)
  })

  it('gives out no file but its own, however its path is written', async () => {
    const outside = [
      '/../secret.js',
      '/assets/../../secret.js',
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e/%2e%2e/secret.js',
      '/assets/..\\..\\secret.js',
      '/assets/index-3eLaH_rL.js/../../../secret.js',
      '//secret.js',
      '/assets/link-11111111.js',
      '/.vite/manifest.json',
      '/package.json',
      '/assets/index-3eLaH_rL.js%00',
      '/assets/index-3eLaH_rL.js.br',
      '/%zz',
      '/__proto__',
      '/constructor',
      'http://x/assets/../../secret.js',
    ]
    for (const path of outside) {
      const { status, text } = await get(path, { accept: '*/*' })
      assert.equal(status, 401, path)
      assert.ok(!text.includes('secret'), path)
    }
  })

  it('lets no header in by its address', async () => {
    for (const host of ['a\tb', 'x"y', '<b>', 'a,b']) {
      const { headers, text } = await page('/', { host })
      assert.ok(!text.includes(host) && !JSON.stringify(headers).includes(host), host)
    }
    const { headers, text } = await page('/ai/workbench?model=a%0d%0aSet-Cookie:%20x=1&y=%0d%0a')
    assert.equal(headers['set-cookie'], undefined)
    assert.equal(headers.location, '/?model=a%0D%0ASet-Cookie%3A+x%3D1&code=oxen')
    assert.equal(text, '')
  })

  it("opens Oxen's own link with its model and its spelling", async () => {
    const { status, headers } = await page('/ai/workbench?model=moonshotai-kimi-k2-5')
    assert.deepEqual([status, headers.location], [302, '/?model=kimi-k2.5&code=oxen'])
    assert.equal((await page('/ai/workbench')).headers.location, '/?code=oxen')
    assert.equal((await get('/ai/workbench')).status, 401)
  })

  it('is not there where it is off, and nothing of it is', async () => {
    for (const off of [{ config: 'web: off\n' }, { environment: { MOONBASE_WEB: '0' } }]) {
      await using none = await startServer({ ...off, page: join(root, 'dist') })
      const paths = ['/', '/c/1', '/assets/index-3eLaH_rL.js', '/ai/workbench', '/web/v1/me', '/web/v1/session']
      for (const path of paths) {
        const reply = await ask(none.url, path, { headers: { accept: BROWSER } })
        assert.deepEqual([reply.status, reply.headers['content-type']], [401, 'application/json; charset=utf-8'], path)
        const known = await ask(none.url, path, { headers: { authorization: `Bearer ${TEST_KEY}` } })
        assert.equal(known.status, 404, path)
      }
    }
  })
})
