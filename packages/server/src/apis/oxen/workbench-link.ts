/** Oxen's own link to its workbench, `/ai/workbench?model=moonshotai-kimi-k2-5`, which guides name: it opens ours, with that model. */

import { modelId } from '@moonbase/core/dialects/oxen'
import type { Exchange } from '../../http/exchange.ts'
import type { Api } from '../api.ts'
import { asksForPage } from '../asks-for-page.ts'
import { refuse } from '../refuse.ts'
import { queryOf } from './query-of.ts'

const PATH = '/ai/workbench'
/** A name that nobody has may be of any length. */
const MOST_NAME = 128

/** To be mounted where the page is served. */
export function workbenchLink(): Api {
  return {
    name: 'web',
    prefixes: [],
    claimsUnnamed: (exchange) => exchange.path === PATH && asksForPage(exchange),
    order: 'route-first',
    pages: false,
    routes: (['GET', 'HEAD'] as const).map((method) => ({ method, path: PATH, answer: redirect })),
    refuse,
  }
}

function redirect(exchange: Exchange): void {
  const model = queryOf(exchange)('model')
  // `code`: the spelling in which the page shows its request, Oxen's.
  const named = model === undefined ? {} : { model: modelId(model.slice(0, MOST_NAME)) }
  const query = new URLSearchParams({ ...named, code: 'oxen' })
  exchange.setHeader('Location', `/?${query.toString()}`)
  exchange.setHeader('Cache-Control', 'no-store')
  exchange.send(302, 'text/plain; charset=utf-8', '')
}
