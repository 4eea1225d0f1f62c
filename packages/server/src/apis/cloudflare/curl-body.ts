/** A body of JSON that is sent as a form: what `curl -d` says where nobody tells it better, and the platform's own examples do not. */

import type { RunRoute } from './binding-routes.ts'
import { ExchangeView } from './exchange-view.ts'

const FORM = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i

export function takesCurl(route: RunRoute): RunRoute {
  return (exchange, caller) =>
    route(FORM.test(exchange.header('content-type') ?? '') ? new CurlBody(exchange) : exchange, caller)
}

class CurlBody extends ExchangeView {
  /** A missing type is taken for JSON. */
  override header(name: string): string | undefined {
    return name === 'content-type' ? undefined : super.header(name)
  }
}
