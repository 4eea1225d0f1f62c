/** A server whose process has no file descriptor left: what those with a key hear, and that it is well when there are some again. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GIVE_UP_MS, eventually } from './support/eventually.ts'
import { GATEWAY_ADMIN_KEY, GATEWAY_API_KEY, Gateway } from './support/gateway.ts'
import { type ModelUpstream, openModelUpstream } from './support/model-upstream.ts'

/** A server needs some forty for itself; of the rest sixteen clients may have two each. */
const DESCRIPTORS = 160
const STRANGERS = 2 * DESCRIPTORS
const CLIENTS = 8
/** Enough to accept somebody, and not for all who come with an engine beside each. */
const LEFT = 3
const HOARD = fileURLToPath(new URL('support/descriptor-hoard.mjs', import.meta.url))
const chat = (content: string, stream: boolean): Asked => ({
  path: '/v1/chat/completions',
  body: JSON.stringify({ model: 'kimi-k2.5', stream, messages: [{ role: 'user', content }] }),
})
const CHAT = chat('Hello', true)
const WHOLE = /^200 .*\[DONE\]\s*$/s
const REFUSED = /^(429|503) \d+ \{"error":\{"message":"The (engine|server) is .*, please try again later","type":"/
const CONFIG = 'limits: { shares: { connections: 1000 } }\nrouting: { attempts: 1, health_every_ms: 0 }\n'
const WITHOUT_LIMITS = process.platform !== 'linux' && 'its shell limits them'

const open = ({ pid }: Gateway): number => readdirSync(`/proc/${pid}/fd`).length

/** Asks the hoard for something until it is so: what it could not take, as connections of who has just left, it takes the next time. */
function hoard(gateway: Gateway, signal: 'SIGUSR2' | 'SIGWINCH', isDone: (count: number) => boolean): Promise<number> {
  return eventually(() => {
    process.kill(gateway.pid, signal)
    return open(gateway)
  }, isDone)
}

interface Asked {
  readonly path: string
  readonly body?: string
  readonly key?: string
}

/** A status, when to come again and a body, or the code of the connection's end. @param agent false: with a connection of its own */
function askOnce(
  { url }: Gateway,
  { path, body, key = GATEWAY_API_KEY }: Asked,
  agent: Agent | false = false,
): Promise<string> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const asked = request(url + path, { method: body === undefined ? 'GET' : 'POST', headers, agent }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      reply.on('error', () => undefined)
      reply.once('close', () => resolve(`${reply.statusCode} ${reply.headers['retry-after'] ?? '-'} ${text}`))
    })
    asked.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    asked.setTimeout(GIVE_UP_MS, () => asked.destroy(new Error('no answer')))
    asked.end(body)
  })
}

const isAnswered = (heard: string): boolean => /^\d/.test(heard)

/** As clients of the platform do: a connection that breaks before its reply is asked again, until it has heard what it can do with. */
function ask(gateway: Gateway, asked: Asked, isHeard: (heard: string) => boolean = isAnswered): Promise<string> {
  return eventually(
    () => askOnce(gateway, asked),
    (heard) => {
      assert.match(heard, /^(\d|ECONNRESET$|EPIPE$)/)
      return isHeard(heard)
    },
  )
}

describe('a server without descriptors', { skip: WITHOUT_LIMITS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-descriptors-'))
  let upstream: ModelUpstream
  let gateway: Gateway
  before(async () => {
    upstream = await openModelUpstream({ answer: () => ({ reasoning: 'Hm.', text: 'Good day.', calls: [] }) })
    gateway = await Gateway.start({
      folder,
      descriptors: DESCRIPTORS,
      flags: ['--import', HOARD],
      config: CONFIG,
      environment: { HOARD_LEFT: String(LEFT), MOONBASE_UPSTREAM: upstream.url, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
    })
    // What is opened for the first request alone is open.
    assert.match(await ask(gateway, CHAT), WHOLE)
  })
  after(async () => {
    await gateway.stop()
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  })

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
      for (let round = 0; round < 10; round += 1) assert.match(await ask(gateway, CHAT), WHOLE)
      assert.ok(open(gateway) < DESCRIPTORS / 2, `${open(gateway)} are open`)
    })
  })

  it('lets strangers go where files have taken them, and tells who has a key to come again, or answers', async () => {
    await hoard(gateway, 'SIGUSR2', (count) => count >= DESCRIPTORS - 4)
    await beside(STRANGERS, async () => {
      const heard = await Promise.all(Array.from({ length: CLIENTS }, () => ask(gateway, CHAT)))
      for (const each of heard) assert.match(each, each.startsWith('200') ? WHOLE : REFUSED)
    })
    await hoard(gateway, 'SIGWINCH', (count) => count < DESCRIPTORS / 2)
    // Who was told to come again in a second does.
    await ask(gateway, CHAT, (heard) => WHOLE.test(heard))
    for (let round = 0; round < 10; round += 1) assert.match(await ask(gateway, CHAT), WHOLE)
  })
})

const HTML = Buffer.from('<p>Hi</p>').toString('base64')
/** What each opens when it is first asked: a vocabulary, threads that count, parse and read, and what checks an operator's request. */
const FIRST_ASKED: readonly Asked[] = [
  chat('Hello', false),
  CHAT,
  chat('word '.repeat(100_000), false),
  { ...chat('word '.repeat(20_000), false), path: '/v1/tokenizers/estimate-token-count' },
  {
    path: '/to-everything/markdown/transformer',
    body: JSON.stringify({ files: [{ name: 'a.html', mimeType: 'text/html', data: HTML }] }),
  },
  { path: '/admin/v1/me', key: GATEWAY_ADMIN_KEY },
  { path: '/metrics', key: GATEWAY_ADMIN_KEY },
]

describe('a server that was asked nothing yet, without descriptors', { skip: WITHOUT_LIMITS }, () => {
  it('tells all who are connected to come again, or answers, and does when there are some', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moonbase-descriptors-'))
    const plan = { folder, descriptors: DESCRIPTORS, flags: ['--import', HOARD], config: CONFIG }
    const gateway = await Gateway.start({ ...plan, environment: { HOARD_LEFT: '0' } })
    const agents = FIRST_ASKED.map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
    try {
      for (const agent of agents) assert.match(await askOnce(gateway, { path: '/v1/models' }, agent), /^200/)
      await hoard(gateway, 'SIGUSR2', (count) => count >= DESCRIPTORS)
      const heard = await Promise.all(FIRST_ASKED.map((asked, index) => askOnce(gateway, asked, agents[index])))
      // An idle connection may be let go of for those that are not.
      for (const [index, each] of heard.entries())
        assert.match(each, /^(?:200 |(?:429|503) 1 |ECONNRESET$|EPIPE$)/, FIRST_ASKED[index]?.path)
      await hoard(gateway, 'SIGWINCH', (count) => count < DESCRIPTORS / 2)
      for (const asked of FIRST_ASKED) await ask(gateway, asked, (answer) => answer.startsWith('200 '))
    } finally {
      for (const agent of agents) agent.destroy()
      await gateway.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
