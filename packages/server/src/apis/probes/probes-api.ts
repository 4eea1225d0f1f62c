/** `/health` and `/ready`: what a load balancer asks. */

import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Api, Route } from '../api.ts'
import { refuse } from '../refuse.ts'

export interface ProbeParts {
  /** False while the server is stopping: a load balancer then sends nobody new. */
  readonly ready: () => boolean
  /** Why nothing can be answered now, although nobody stopped the server: its accounts are away. */
  readonly trouble: () => Promise<string | undefined>
}

export function probesApi(parts: ProbeParts): Api {
  return {
    name: 'probes',
    prefixes: ['/health', '/ready'],
    order: 'route-first',
    pages: true,
    always: true,
    routes: (['GET', 'HEAD'] as const).flatMap((method): Route[] => [
      { method, path: '/health', answer: (exchange: Exchange) => sendJson(exchange, 200, { status: 'ok' }) },
      { method, path: '/ready', answer: (exchange: Exchange) => sayReadiness(exchange, parts) },
    ]),
    refuse,
  }
}

async function sayReadiness(exchange: Exchange, { ready, trouble }: ProbeParts): Promise<void> {
  if (!ready()) return sendJson(exchange, 503, { status: 'stopping' })
  const why = await trouble()
  sendJson(exchange, why === undefined ? 200 : 503, { status: why ?? 'ready' })
}
