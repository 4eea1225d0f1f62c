/** A request as bytes, made once for a whole run. */

import { requestBody, type Scene } from '../script.ts'
import type { Exchange } from './connection.ts'
import type { Target } from './order.ts'

export function exchangeFor(scene: Scene, target: Target): Exchange {
  const body = requestBody(scene)
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ]
  return { kind: scene === 'whole' ? 'whole' : 'stream', bytes: Buffer.from(head.join('\r\n') + body) }
}
