/** The guard against real sockets of loopback, some of which are listed, and names that say what a test wants. */

import assert from 'node:assert/strict'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { type AddressInfo, createServer as createBareServer } from 'node:net'
import { createServer as createSecureServer } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { once } from '../../../../test/support/eventually.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../../test/support/loopback-certificate.ts'
import { type ManualClock, manualClock } from '../../../../test/support/manual-clock.ts'
import type { LookUp } from './checked-addresses.ts'
import { type OutgoingReply, type OutgoingRequest, guardedFetch } from './guarded-fetch.ts'
import { OutgoingError } from './outgoing-error.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('a guarded fetch', { timeout: 60_000 }, () => {
  let host: Server
  let port: number
  let handler: Handler
  let requests: IncomingMessage[]
  let clock: ManualClock

  before(async () => {
    host = createServer((request, response) => {
      requests.push(request)
      handler(request, response)
    }).listen(0, '127.0.0.1')
    await once(host, 'listening')
    port = (host.address() as AddressInfo).port
  })
  after(async () => {
    host.closeAllConnections()
    host.close()
    await once(host, 'close')
  })

  interface Asking extends Partial<OutgoingRequest> {
    readonly lookUp?: LookUp
    readonly mayAsk?: readonly string[]
    readonly answer?: Handler
  }

  const get = (url: string, asking: Asking = {}): Promise<OutgoingReply> => {
    const { lookUp, mayAsk = [`127.0.0.1:${port}`], answer = image, ...request } = asking
    requests = []
    clock = manualClock()
    handler = answer
    const parts = { clock, mayAsk, ...(lookUp === undefined ? {} : { lookUp }) }
    const takes = (type: string | undefined): boolean => type === undefined || type.startsWith('image/')
    const usual = { accept: 'image/*', takes, mostBytes: 1000, totalMs: 10_000, signal: new AbortController().signal }
    return guardedFetch(parts)({ url, ...usual, ...request })
  }
  const here = (path = '/'): string => `http://127.0.0.1:${port}${path}`
  const image: Handler = (_, response) => void response.setHeader('content-type', 'image/png').end('bytes')
  const bytes =
    (headers: Record<string, string | number>, body: string | Buffer, status = 200): Handler =>
    (_, response) =>
      void response.writeHead(status, { 'content-length': body.length, ...headers }).end(body)
  const failsWith = async (asked: Promise<OutgoingReply>, kind: string, about: string): Promise<OutgoingError> => {
    const error = await asked.then(
      () => assert.fail(`${about}: came`),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof OutgoingError, `${about}: ${String(error)}`)
    assert.equal(error.kind, kind, `${about}: ${error.message}`)
    return error
  }

  it('gives the bytes and their type, and says nothing of who asks', async () => {
    const reply = await get(here('/a%20b?q=1#part'), { answer: bytes({ 'content-type': 'Image/PNG; x=y' }, 'bytes') })
    assert.deepEqual([reply.type, reply.bytes.toString()], ['image/png', 'bytes'])
    const [request] = requests
    assert.equal(request?.url, '/a%20b?q=1')
    assert.deepEqual(
      Object.keys(request?.headers ?? {}).toSorted((a, b) => a.localeCompare(b)),
      ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'],
    )
  })

  it('asks nobody who is not public, however the address is written', async () => {
    const spellings = [
      'http://127.0.0.1',
      'http://localhost',
      'http://LOCALHOST.',
      'http://any.localhost',
      'http://127.0.0.1.',
      'http://127.1',
      'http://2130706433',
      'http://0x7f000001',
      'http://0x7f.0.0.1',
      'http://0177.0.0.1',
      'http://017700000001',
      'http://127.0.0.1.:80',
      'http://①②⑦.⓪.⓪.①',
      'http://0',
      'http://0.0.0.0',
      'http://[::1]',
      'http://[::]',
      'http://[::ffff:127.0.0.1]',
      'http://[::ffff:7f00:1]',
      'http://[0:0:0:0:0:ffff:127.0.0.1]',
      'http://[64:ff9b::7f00:1]',
      'http://[2002:7f00:1::]',
      'http://[fe80::1]',
      'http://[fd00:ec2::254]/latest/meta-data/',
      'http://10.1.2.3',
      'http://172.16.0.1',
      'http://192.168.1.1',
      'http://100.64.0.1',
      'http://169.254.169.254/latest/meta-data/',
      'http://168.63.129.16/',
      'http://100.100.100.200/',
      'http://224.0.0.1',
      'http://255.255.255.255',
      'https://127.0.0.1',
      `http://127.0.0.2:${port}`,
      // Listed is one port of one address.
      `http://127.0.0.1:${port === 65_535 ? port - 1 : port + 1}`,
      `http://[::ffff:127.0.0.1]:${port}`,
    ]
    for (const url of spellings) await failsWith(get(url), 'address', url)
    assert.equal(requests.length, 0)
  })

  it('takes http and https, no user, no password, and no port of another service', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://x',
      'data:image/png;base64,AA==',
      'ms://a',
    ])
      await failsWith(get(url), 'scheme', url)
    for (const url of ['', 'no url', 'http://', 'http://[::1', 'http://1.2.3.4.5', `http://a/${'x'.repeat(9000)}`])
      await failsWith(get(url), 'url', url.slice(0, 30))
    for (const url of ['http://user@example.com/', 'http://a:b@example.com/', `http://example.com@127.0.0.1:${port}/`])
      await failsWith(get(url), 'url', url)
    for (const url of ['http://1.1.1.1:22/', 'http://1.1.1.1:25/', 'https://1.1.1.1:993/'])
      await failsWith(get(url), 'port', url)
  })

  it('connects to the address that it has checked, and asks for it once', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    let asked = 0
    const lookUp: LookUp = async () => answers[asked++] ?? []
    const url = `http://rebound.example:${port}/`
    assert.equal((await get(url, { lookUp })).bytes.toString(), 'bytes')
    assert.equal(asked, 1)
    assert.equal(requests[0]?.headers.host, `rebound.example:${port}`)
    // By the next fetch it has changed its mind.
    await failsWith(get(url, { lookUp }), 'address', 'rebound')
    assert.equal(asked, 2)
  })

  it('looks again at each redirect, where a name may have changed', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    let asked = 0
    const lookUp: LookUp = async () => answers[asked++] ?? []
    const url = `http://rebound.example:${port}/`
    await failsWith(get(url, { lookUp, answer: bytes({ location: '/again' }, '', 302) }), 'address', 'redirected')
    assert.deepEqual([asked, requests.length], [2, 1])
  })

  it('refuses a name of which one address is not public, and one that nobody knows', async () => {
    const mixed = [
      ['1.1.1.1', '10.0.0.1'],
      ['1.1.1.1', '::ffff:127.0.0.1'],
      ['2606:4700:4700::1111', 'fd00::1'],
    ]
    for (const addresses of mixed) {
      const lookUp: LookUp = async () => addresses
      await failsWith(get('http://mixed.example/', { lookUp }), 'address', addresses.join(' '))
    }
    for (const name of ['localhost.localdomain', 'metadata.google.internal', 'wiki.corp']) {
      await failsWith(get(`http://${name}/`, { lookUp: async () => ['127.0.0.1'] }), 'address', name)
    }
    await failsWith(get('http://none.example/', { lookUp: async () => [] }), 'name', 'none')
    const away: LookUp = async () => Promise.reject(new Error('ENOTFOUND'))
    await failsWith(get('http://away.example/', { lookUp: away }), 'name', 'away')
  })

  it('follows a redirect to where it may go, and none to where it may not', async () => {
    const to = (location: string | undefined, status = 302): Handler => {
      const headers: Record<string, string> = location === undefined ? {} : { location }
      return (request, response) => {
        if (request.url === '/end') image(request, response)
        else bytes(headers, 'ignored', status)(request, response)
      }
    }
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of ['/end', 'end', here('/end')]) {
        assert.equal((await get(here(), { answer: to(location, status) })).bytes.toString(), 'bytes')
      }
    }
    const refused: [string, string][] = [
      ['http://127.0.0.1/', 'address'],
      ['http://0x7f.1/', 'address'],
      ['//localhost/', 'address'],
      ['http://[::1]/', 'address'],
      ['http://169.254.169.254/latest/', 'address'],
      ['file:///etc/passwd', 'scheme'],
      ['javascript:alert(1)', 'scheme'],
      ['http://a:b@example.com/', 'url'],
      ['http://1.1.1.1:22/', 'port'],
    ]
    for (const [location, kind] of refused) await failsWith(get(here(), { answer: to(location) }), kind, location)
    await failsWith(get(here(), { answer: to(undefined) }), 'redirects', 'nowhere')
    await failsWith(get(here(), { answer: to('/again') }), 'redirects', 'for ever')
    assert.equal(requests.length, 6)
  })

  it('takes what it was asked to take, and only an answer that is one', async () => {
    const types = ['text/html', 'application/json', 'image', 'text/html; a=image/png', '']
    for (const type of types.filter((one) => one !== '')) {
      await failsWith(get(here(), { answer: bytes({ 'content-type': type }, 'x') }), 'type', type)
    }
    for (const status of [204, 206, 304, 400, 401, 404, 410, 429, 500, 503]) {
      const answer: Handler = (_, response) => void response.writeHead(status).end()
      const error = await failsWith(get(here(), { answer }), 'status', String(status))
      assert.equal(error.status, status)
    }
  })

  it('reads as many bytes as it may, and no more of one that has no end', async () => {
    const whole = Buffer.alloc(1000, 'x')
    assert.equal((await get(here(), { answer: bytes({}, whole) })).bytes.length, 1000)
    await failsWith(get(here(), { answer: bytes({}, Buffer.alloc(1001)) }), 'size', 'said')
    const endless: Handler = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(400))) {
          // As much as the socket takes.
        }
      }
      response.on('drain', more).writeHead(200)
      more()
    }
    await failsWith(get(here(), { answer: endless }), 'size', 'endless')
  })

  it('unfolds what came compressed, within the same limit, and what is broken is none', async () => {
    const folds: [string, Buffer][] = [
      ['gzip', gzipSync('bytes')],
      ['x-gzip', gzipSync('bytes')],
      ['deflate', deflateSync('bytes')],
      ['br', brotliCompressSync('bytes')],
    ]
    for (const [encoding, body] of folds) {
      const reply = await get(here(), { answer: bytes({ 'content-encoding': encoding }, body) })
      assert.equal(reply.bytes.toString(), 'bytes', encoding)
    }
    const bomb = gzipSync(Buffer.alloc(500_000))
    assert.ok(bomb.length < 1000)
    await failsWith(get(here(), { answer: bytes({ 'content-encoding': 'gzip' }, bomb) }), 'size', 'a bomb')
    const brotli = brotliCompressSync(Buffer.alloc(2_000_000))
    assert.ok(brotli.length < 1000)
    await failsWith(get(here(), { answer: bytes({ 'content-encoding': 'br' }, brotli) }), 'size', 'a brotli bomb')
    const broken: [string, string | Buffer][] = [
      ['gzip', 'bytes'],
      ['gzip', gzipSync('bytes').subarray(0, 12)],
      ['gzip, gzip', gzipSync(gzipSync('bytes'))],
      ['zstd', 'bytes'],
      ['toString', 'bytes'],
    ]
    for (const [encoding, body] of broken) {
      await failsWith(get(here(), { answer: bytes({ 'content-encoding': encoding }, body) }), 'encoding', encoding)
    }
  })

  it('takes nothing cut for whole', async () => {
    const replies = [
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbytes',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbytes\r\n',
      'HTTP/1.1 200 OK\r\n\r\nbytes',
      'HTTP/1.1 200 OK\r\ncontent-le',
      'SSH-2.0-x\r\n',
      '',
    ]
    for (const reply of replies) {
      const bare = createBareServer((socket) =>
        socket.on('error', () => socket.destroy()).once('data', () => socket.end(reply)),
      )
      bare.listen(0, '127.0.0.1')
      await once(bare, 'listening')
      try {
        const { port: at } = bare.address() as AddressInfo
        await failsWith(get(`http://127.0.0.1:${at}/`, { mayAsk: [`127.0.0.1:${at}`] }), 'cut', JSON.stringify(reply))
      } finally {
        bare.close()
        await once(bare, 'close')
      }
    }
  })

  it('tells one that is not there, and tries the next address of a name', async () => {
    const gone = createBareServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port: at } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    await failsWith(get(`http://127.0.0.1:${at}/`, { mayAsk: [`127.0.0.1:${at}`] }), 'connect', 'gone')
    const lookUp: LookUp = async () => ['127.0.0.3', '127.0.0.1']
    const mayAsk = [`127.0.0.1:${port}`, `127.0.0.3:${port}`]
    assert.equal((await get(`http://two.example:${port}/`, { lookUp, mayAsk })).bytes.toString(), 'bytes')
  })

  it('waits for all of it together no longer than it may: a name, a head, a body', async () => {
    const late = async (asking: Asking, url = here()): Promise<void> => {
      const asked = failsWith(get(url, asking), 'time', 'late')
      await clock.pass(9_999)
      await clock.pass(1)
      await asked
      assert.equal(clock.sleepers, 0)
    }
    await late({ lookUp: () => new Promise(() => undefined) }, 'http://silent.example/')
    await late({ answer: () => undefined })
    await late({ answer: (_, response) => void response.writeHead(200, { 'content-length': 5 }).write('b') })
  })

  it('stops for whoever does not want it any more, and leaves nobody asleep', async () => {
    const stop = new AbortController()
    const asked = get(here(), { answer: () => stop.abort(new Error('gone')), signal: stop.signal })
    await assert.rejects(asked, /gone/)
    assert.equal(clock.sleepers, 0)
    await assert.rejects(get(here(), { signal: AbortSignal.abort(new Error('gone before')) }), /gone before/)
    assert.equal(requests.length, 0)
    await get(here())
    assert.equal(clock.sleepers, 0)
  })

  it('asks over TLS for the name, at the address that it has checked, and believes no certificate of another', async () => {
    const secure = createSecureServer({ cert: LOOPBACK_CERTIFICATE, key: LOOPBACK_KEY }, (request, response) =>
      image(request, response),
    ).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const { port: at } = secure.address() as AddressInfo
    const lookUp: LookUp = async () => ['127.0.0.1']
    const mayAsk = [`127.0.0.1:${at}`]
    const known = getCACertificates('default')
    try {
      await failsWith(get(`https://localhost:${at}/`, { lookUp, mayAsk }), 'connect', 'unknown')
      setDefaultCACertificates([...known, LOOPBACK_CERTIFICATE])
      for (const name of ['localhost', 'localhost.', '127.0.0.1']) {
        assert.equal((await get(`https://${name}:${at}/`, { lookUp, mayAsk })).bytes.toString(), 'bytes', name)
      }
      await failsWith(get(`https://other.example:${at}/`, { lookUp, mayAsk }), 'connect', 'another name')
    } finally {
      setDefaultCACertificates(known)
      secure.closeAllConnections()
      secure.close()
      await once(secure, 'close')
    }
  })
})
