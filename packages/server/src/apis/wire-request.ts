/** A request of HTTP as dialects see one. */

import type { WireRequest } from '@moonbase/core/dialects'
import type { Exchange } from '../http/exchange.ts'
import { checkJsonHead, parseBody } from '../http/request-body.ts'

/** Reads the body. @throws ApiError for a body that is too large, or is said to be no JSON */
export async function wireRequest(
  exchange: Pick<Exchange, 'header' | 'readBody'>,
  parameters: WireRequest['parameters'],
): Promise<WireRequest> {
  checkJsonHead(exchange)
  const bytes = await exchange.readBody()
  let parsed: { readonly body: unknown } | undefined
  return {
    bytes,
    parameters,
    header: (name) => exchange.header(name),
    body: () => (parsed ??= { body: parseBody(bytes) }).body,
  }
}
