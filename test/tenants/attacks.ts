/** What a hostile tenant does, one shared resource at a time: again and again, until it is told to stop. */

import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Target {
  readonly url: string
  readonly key: string
}

export type Attack = (target: Target, signal: AbortSignal) => Promise<void>

const CHAT = '/v1/chat/completions'
const ESTIMATE = '/v1/tokenizers/estimate-token-count'
const MEGABYTE = 1024 * 1024
/** Between two tries of one that was refused: it does not wait for as long as it is told. */
const IMPATIENT_MS = 20

const VIDEO = new URL('../../packages/server/src/media/fixtures/clip.mpg', import.meta.url)
const BOMB_BYTES = 7_000_000

/** A video with a tail of nothing but start codes: the library looks at each of them until its time is over, 2.7 seconds. */
function videoBomb(): string {
  const tail = Buffer.alloc(BOMB_BYTES, Buffer.from([0, 0, 1, 0xba]))
  return `data:video/mpeg;base64,${Buffer.concat([readFileSync(VIDEO), tail]).toString('base64')}`
}

const askedWith = (content: unknown): string =>
  JSON.stringify({ model: 'kimi-k2.5', messages: [{ role: 'user', content }], max_completion_tokens: 16 })

/** So many at a time, over and over. */
function again(atATime: number, path: string, bodyOf: () => string): Attack {
  return async (target, signal) => {
    const body = Buffer.from(bodyOf())
    const one = async (): Promise<void> => {
      while (!signal.aborted) {
        await post(target, path, body, signal)
        await sleep(IMPATIENT_MS)
      }
    }
    await Promise.all(Array.from({ length: atATime }, one))
  }
}

/** Whatever comes back, or does not: it is no friend. */
function post({ url, key }: Target, path: string, body: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': body.length,
    }
    request(`${url}${path}`, { method: 'POST', headers, agent: false, signal })
      .on('response', (reply) => reply.resume())
      .on('error', () => undefined)
      .on('close', () => resolve())
      .end(body)
  })
}

/** Bodies of 100 MB of which the last byte never comes. */
const unfinishedBodies: Attack = async ({ url, key }, signal) => {
  const { hostname, port } = new URL(url)
  const length = 100 * MEGABYTE
  const piece = Buffer.alloc(MEGABYTE, 0x20)
  const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), hostname)
      let left = length - 1
      const more = (): void => {
        while (left > 0 && !socket.destroyed) {
          const size = Math.min(left, piece.length)
          left -= size
          if (!socket.write(size === piece.length ? piece : piece.subarray(0, size))) return
        }
      }
      socket.write(head)
      // Refused: the next one.
      socket.on('drain', more).on('data', () => socket.destroy())
      socket.on('error', () => undefined).on('close', () => resolve())
      signal.addEventListener('abort', () => socket.destroy(), { once: true })
      more()
    })
  const forEver = async (): Promise<void> => {
    while (!signal.aborted) {
      await one()
      await sleep(IMPATIENT_MS)
    }
  }
  await Promise.all(Array.from({ length: 10 }, forEver))
}

/** Connections that say nothing, or half a request line, more of them than there are descriptors. */
const idleConnections: Attack = async ({ url }, signal) => {
  const { hostname, port } = new URL(url)
  const one = async (index: number): Promise<void> => {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname)
        if (index % 2 === 1) socket.write('POST /v1/chat')
        socket.on('error', () => undefined).on('close', () => resolve())
        signal.addEventListener('abort', () => socket.destroy(), { once: true })
      })
      await sleep(IMPATIENT_MS + index)
    }
  }
  await Promise.all(Array.from({ length: 1200 }, (_, index) => one(index)))
}

const messages = (count: number) => Array.from({ length: count }, () => ({ role: 'user', content: 'a' }))

export const ATTACKS = {
  'unfinished bodies': unfinishedBodies,
  'bodies of small values': again(12, CHAT, () => `[${'{},'.repeat((17 * MEGABYTE) / 3)}{}]`),
  'bodies of many messages': again(12, CHAT, () => JSON.stringify({ model: 'kimi-k2.5', messages: messages(33_000) })),
  'texts of 60 MB': again(4, ESTIMATE, () => askedWith('The moon is a harsh mistress, they say. '.repeat(1_500_000))),
  'video bombs': again(65, ESTIMATE, () => askedWith([{ type: 'video_url', video_url: { url: videoBomb() } }])),
  'idle connections': idleConnections,
  'pictures of 30 MB': again(8, CHAT, () => askedWith([{ type: 'image_url', image_url: { url: largePicture() } }])),
  estimates: again(32, ESTIMATE, () => askedWith('The moon is a harsh mistress. '.repeat(1000))),
} as const satisfies Record<string, Attack>

export type AttackName = keyof typeof ATTACKS

/** A PNG whose size is in its first bytes, with a long tail. */
function largePicture(): string {
  const head = Buffer.from(
    '89504e470d0a1a0a0000000d494844520000004000000040080200000025 0be689'.replaceAll(' ', ''),
    'hex',
  )
  return `data:image/png;base64,${Buffer.concat([head, Buffer.alloc(22 * MEGABYTE)]).toString('base64')}`
}
