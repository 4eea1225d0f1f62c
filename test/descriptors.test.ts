/** A server whose process has no file descriptor left: what those with a key hear, and that it is well when there are some again. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GIVE_UP_MS, eventually } from './support/eventually.ts'
import { GATEWAY_API_KEY, Gateway } from './support/gateway.ts'
import { type ModelUpstream, openModelUpstream } from './support/model-upstream.ts'

/** A server needs some forty for itself; of the rest sixteen clients may have two each. */
const DESCRIPTORS = 160
const STRANGERS = 2 * DESCRIPTORS
const CLIENTS = 8
const HOARD = fileURLToPath(new URL('support/descriptor-hoard.mjs', import.meta.url))
const CHAT = JSON.stringify({ model: 'kimi-k2.5', stream: true, messages: [{ role: 'user', content: 'Hello' }] })
const WHOLE = /^200 .*\[DONE\]\s*$/s
const REFUSED = /^(429|503) \d+ \{"error":\{"message":"The (engine|server) is .*, please try again later","type":"/

describe('a server without descriptors', { skip: process.platform !== 'linux' && 'its shell limits them' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-descriptors-'))
  let upstream: ModelUpstream
  let gateway: Gateway
  before(async () => {
    upstream = await openModelUpstream({ answer: () => ({ reasoning: 'Hm.', text: 'Good day.', calls: [] }) })
    gateway = await Gateway.start({
      folder,
      descriptors: DESCRIPTORS,
      flags: ['--import', HOARD],
      config: 'limits: { shares: { connections: 1000 } }\nrouting: { attempts: 1, health_every_ms: 0 }\n',
      environment: { MOONBASE_UPSTREAM: upstream.url, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
    })
    // What is opened for the first request alone is open.
    assert.match(await ask(), WHOLE)
  })
  after(async () => {
    await gateway.stop()
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const open = (): number => readdirSync(`/proc/${gateway.pid}/fd`).length
  /** Asks the hoard for something until it is so: what it could not take, as connections of who has just left, it takes the next time. */
  const hoard = (signal: 'SIGUSR2' | 'SIGWINCH', isDone: (count: number) => boolean): Promise<number> =>
    eventually(() => {
      process.kill(gateway.pid, signal)
      return open()
    }, isDone)

  /** What a client without a pool gets: a status and its body, or the code of the connection's end. */
  function askOnce(): Promise<string> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${GATEWAY_API_KEY}`, 'content-type': 'application/json' }
      const url = `${gateway.url}/v1/chat/completions`
      const asked = request(url, { method: 'POST', headers, agent: false }, (reply) => {
        let text = ''
        reply.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        reply.on('error', () => undefined)
        reply.once('close', () => resolve(`${reply.statusCode} ${reply.headers['retry-after'] ?? '-'} ${text}`))
      })
      asked.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
      asked.setTimeout(GIVE_UP_MS, () => asked.destroy(new Error('no answer')))
      asked.end(CHAT)
    })
  }

  /** As clients of the platform do: a connection that breaks before its reply is asked again. */
  function ask(): Promise<string> {
    return eventually(askOnce, (heard) => {
      assert.match(heard, /^(\d|ECONNRESET$|EPIPE$)/)
      return /^\d/.test(heard)
    })
  }

  async function beside(strangers: number, work: () => Promise<void>): Promise<void> {
    const { hostname, port } = new URL(gateway.url)
    const sockets = Array.from({ length: strangers }, (): Socket => {
      const socket = connect(Number(port), hostname)
      return socket.on('error', () => undefined)
    })
    await work()
    for (const socket of sockets) socket.destroy()
  }

  it('never comes to that by strangers who say nothing, and answers who has a key', async () => {
    await beside(STRANGERS, async () => {
      for (let round = 0; round < 10; round += 1) assert.match(await ask(), WHOLE)
      assert.ok(open() < DESCRIPTORS / 2, `${open()} are open`)
    })
  })

  it('lets strangers go where files have taken them, and tells who has a key to come again, or answers', async () => {
    await hoard('SIGUSR2', (count) => count >= DESCRIPTORS - 4)
    await beside(STRANGERS, async () => {
      const heard = await Promise.all(Array.from({ length: CLIENTS }, ask))
      for (const each of heard) assert.match(each, each.startsWith('200') ? WHOLE : REFUSED)
    })
    await hoard('SIGWINCH', (count) => count < DESCRIPTORS / 2)
    // Who was told to come again in a second does.
    await eventually(ask, (heard) => WHOLE.test(heard))
    for (let round = 0; round < 10; round += 1) assert.match(await ask(), WHOLE)
  })
})
