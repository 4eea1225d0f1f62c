/** Requests as bytes, made once for a whole run; those that must not repeat themselves get new words before each use. */

import { FreshWords } from '../prompts/fresh-words.ts'
import type { Prompt } from '../prompts/prompt.ts'
import { promptBody } from '../prompts/prompt-body.ts'
import { requestBody, type Scene } from '../script.ts'
import { type WireName, WIRES } from '../wires.ts'
import type { Exchange } from './connection.ts'
import type { Target } from './order.ts'

export interface Asked {
  readonly scene: Scene
  readonly target: Target
  /** The small request of 1 KB when absent. */
  readonly prompt?: Prompt
  /** The target's own, which is Moonshot's, when absent. */
  readonly wire?: WireName
}

/** What the connection of this number asks, over and over. Connections that ask a prompt have a history each. */
export function exchangeFor(asked: Asked, connection: number): Exchange {
  const { scene, target, prompt } = asked
  const kind = scene === 'whole' ? 'whole' : 'stream'
  const wire = asked.wire === undefined ? undefined : WIRES[asked.wire]
  if (wire !== undefined) {
    const { path, headers, body } = wire
    const there = { ...target, path, headers: { ...target.headers, ...headers } }
    return { kind, wire, bytes: requestBytes(there, Buffer.from(body(scene))) }
  }
  if (prompt === undefined) return { kind, bytes: requestBytes(target, Buffer.from(requestBody(scene))) }
  const bytes = requestBytes(target, bodyOf(prompt, scene, connection))
  const fresh = new FreshWords(bytes)
  return { kind, bytes, renew: () => fresh.renew() }
}

/** Every subject is asked the same, so every body is made once. One is copied before words are written into it. */
const bodies = new Map<string, Buffer>()

function bodyOf(prompt: Prompt, scene: Scene, connection: number): Buffer {
  const name = JSON.stringify([prompt, scene, connection])
  const body = bodies.get(name) ?? promptBody(prompt, scene, connection)
  bodies.set(name, body)
  return body
}

function requestBytes(target: Target, body: Buffer): Buffer {
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n')), body])
}
