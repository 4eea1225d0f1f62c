/** The page and its files, for browsers. Programs get what the platform gave them at the same addresses. */

import { randomBytes } from 'node:crypto'
import type { Exchange } from '../../http/exchange.ts'
import type { Api } from '../api.ts'
import { asksForPage } from '../asks-for-page.ts'
import { ownAddress } from '../own-address.ts'
import { refuse } from '../refuse.ts'
import { escaped, frontPage } from './front-page.ts'
import { type BuiltPage, type Encoding, PLACEHOLDERS, type PageFile } from './page-files.ts'
import { PAGE_HEADERS, contentPolicy } from './page-headers.ts'

const HTML = 'text/html; charset=utf-8'

/** Several APIs share what is below it; nothing of it is for people to look at. */
const PROGRAMS = '/v1'

/** @param page where it is built; else `/` says how to build it */
export function pageApi(page: BuiltPage | undefined): Api {
  const fileOf = ({ path }: Exchange): PageFile | undefined => page?.files.get(path)
  const answer = (exchange: Exchange): void => {
    const file = fileOf(exchange)
    if (file !== undefined) sendFile(exchange, file)
    else if (page === undefined) sendFrontPage(exchange)
    else sendPage(exchange, page)
  }
  return {
    name: 'web',
    prefixes: [],
    claimsUnnamed: (exchange) => {
      if (exchange.path === PROGRAMS || exchange.path.startsWith(`${PROGRAMS}/`)) return false
      if (asksForPage(exchange)) return page !== undefined || exchange.path === '/'
      return (exchange.method === 'GET' || exchange.method === 'HEAD') && fileOf(exchange) !== undefined
    },
    order: 'route-first',
    pages: false,
    headers: PAGE_HEADERS,
    routes: (['GET', 'HEAD'] as const).map((method) => ({ method, path: '*', answer })),
    refuse,
  }
}

const NONCE_BYTES = 18

/** Its nonce is new each time, so it is never kept: an old page under a new header would have no styles. */
function sendPage(exchange: Exchange, { index }: BuiltPage): void {
  const nonce = randomBytes(NONCE_BYTES).toString('base64')
  const address = ownAddress(exchange) ?? 'http://<this address>'
  const body = index.replaceAll(PLACEHOLDERS.nonce, nonce).replaceAll(PLACEHOLDERS.address, () => escaped(address))
  exchange.setHeader('Content-Security-Policy', contentPolicy(nonce))
  sendHtml(exchange, body)
}

function sendFrontPage(exchange: Exchange): void {
  // Its one style stands in it, and the only picture is its icon.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
  exchange.setHeader('Content-Security-Policy', policy)
  sendHtml(exchange, frontPage(ownAddress(exchange)))
}

/** The same address answers programs otherwise, and the page holds words of its reader's request. */
function sendHtml(exchange: Exchange, body: string): void {
  exchange.setHeader('Vary', 'Accept')
  exchange.setHeader('Cache-Control', 'no-store')
  exchange.send(200, HTML, body)
}

const YEAR_SECONDS = 31_536_000

function sendFile(exchange: Exchange, { contentType, plain, encoded, digest, immutable }: PageFile): void {
  const encoding = encodingsOf(exchange.header('accept-encoding') ?? '').find((one) => encoded.has(one))
  // Each form of it is another text of bytes, and so has a tag of its own.
  const tag = `"${digest}${encoding === undefined ? '' : `-${encoding}`}"`
  exchange.setHeader('Content-Security-Policy', contentPolicy())
  exchange.setHeader('Cache-Control', immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache')
  exchange.setHeader('ETag', tag)
  if (encoded.size > 0) exchange.setHeader('Vary', 'Accept-Encoding')
  if (isKnown(exchange.header('if-none-match'), tag)) {
    exchange.send(304, contentType, '')
    return
  }
  if (encoding !== undefined) exchange.setHeader('Content-Encoding', encoding)
  exchange.send(200, contentType, encoding === undefined ? plain : (encoded.get(encoding) ?? plain))
}

/** Weak tags count as well: what a proxy has compressed anew is the same file. Source: RFC 9110, section 13.1.2. */
function isKnown(tags: string | undefined, tag: string): boolean {
  if (tags === undefined) return false
  return tags.split(',').some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*')
}

/** Those that are named and wanted, the smaller form first. `*` names none: what is sent must be understood for sure. */
function encodingsOf(accept: string): readonly Encoding[] {
  const wanted = new Set(
    accept
      .toLowerCase()
      .split(',')
      .filter((coding) => !/;\s*q=0(?:\.0*)?\s*$/.test(coding))
      .map((coding) => (coding.split(';')[0] ?? '').trim()),
  )
  return (['br', 'gzip'] as const).filter((encoding) => wanted.has(encoding))
}
