/** JSON out. */

import type { Exchange } from './exchange.ts'

export const JSON_TYPE = 'application/json; charset=utf-8'

export function sendJson(exchange: Pick<Exchange, 'send'>, status: number, body: unknown): void {
  exchange.send(status, JSON_TYPE, JSON.stringify(body))
}
