/** `/` for a browser: a page that says what this is and where to go. Programs get the refusal that the platform gave there. */

import type { Exchange } from '../../http/exchange.ts'
import type { Api } from '../api.ts'
import { refuse } from '../refuse.ts'
import { FRONT_PAGE } from './front-page.ts'

const page = (exchange: Exchange): void => exchange.send(200, 'text/html; charset=utf-8', FRONT_PAGE)

export function webApi(): Api {
  return {
    name: 'web',
    prefixes: [],
    claims: (exchange) =>
      exchange.path === '/' &&
      (exchange.method === 'GET' || exchange.method === 'HEAD') &&
      (exchange.header('accept') ?? '').includes('text/html'),
    order: 'route-first',
    pages: false,
    headers: [
      [
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      ],
      ['X-Content-Type-Options', 'nosniff'],
      // The same address answers programs otherwise.
      ['Vary', 'Accept'],
    ],
    routes: [
      { method: 'GET', path: '/', answer: page },
      { method: 'HEAD', path: '/', answer: page },
    ],
    refuse,
  }
}
