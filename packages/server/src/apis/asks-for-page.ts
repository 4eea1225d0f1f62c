/** Whether somebody wants a page to look at. */

import type { Exchange } from '../http/exchange.ts'

/** Browsers name the type. Programs send none, another, or one for all, which allows a page but does not ask for it. */
export function asksForPage(exchange: Pick<Exchange, 'method' | 'header'>): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false
  const accept = exchange.header('accept') ?? ''
  return accept.split(',').some((range) => PAGE.test(range) && !UNWANTED.test(range))
}

const PAGE = /^\s*text\/html\s*(?:;|$)/i
const UNWANTED = /;\s*q=0(?:\.0*)?\s*(?:;|$)/i
