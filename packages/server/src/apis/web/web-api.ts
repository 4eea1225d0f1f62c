/** `/` for a browser: a page that says what this is and where to go. Programs get the refusal that the platform gave there. */

import type { Exchange } from '../../http/exchange.ts'
import type { Api } from '../api.ts'
import { refuse } from '../refuse.ts'
import { frontPage } from './front-page.ts'
import { ownAddress } from '../own-address.ts'

const page = (exchange: Exchange): void =>
  exchange.send(200, 'text/html; charset=utf-8', frontPage(ownAddress(exchange)))

export function webApi(): Api {
  return {
    name: 'web',
    prefixes: [],
    claims: (exchange) =>
      exchange.path === '/' &&
      (exchange.method === 'GET' || exchange.method === 'HEAD') &&
      asksForPage(exchange.header('accept') ?? ''),
    order: 'route-first',
    pages: false,
    headers: [
      [
        'Content-Security-Policy',
        // The only picture is the icon, which stands in the page.
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
      ],
      ['X-Content-Type-Options', 'nosniff'],
      // The same address answers programs otherwise, and the page holds words of its reader's request.
      ['Vary', 'Accept'],
      ['Cache-Control', 'no-store'],
    ],
    routes: [
      { method: 'GET', path: '/', answer: page },
      { method: 'HEAD', path: '/', answer: page },
    ],
    refuse,
  }
}

/** Browsers name the type. Programs send none, another, or one for all, which allows a page but does not ask for it. */
function asksForPage(accept: string): boolean {
  return accept.split(',').some((range) => PAGE.test(range) && !UNWANTED.test(range))
}

const PAGE = /^\s*text\/html\s*(?:;|$)/i
const UNWANTED = /;\s*q=0(?:\.0*)?\s*(?:;|$)/i
