/** A request of HTTP as dialects see one. */

import type { WireRequest } from '@moonbase/core/dialects'
import type { Exchange } from '../http/exchange.ts'
import { checkJsonHead } from '../http/parse-body.ts'
import type { ParsingThread } from '../http/parsing-thread.ts'

/**
 * Reads the body and parses it, in `owner`'s turn where that takes long.
 *
 * @throws ApiError for a body that is too large or too slow, is no JSON, or would have to wait behind too many others
 */
export async function wireRequest(
  exchange: Pick<Exchange, 'header' | 'readBody' | 'signal'>,
  owner: string,
  parameters: WireRequest['parameters'],
  parsing: Pick<ParsingThread, 'parse'>,
): Promise<WireRequest> {
  checkJsonHead(exchange)
  const bytes = await exchange.readBody()
  const parsed = parsing.parse(bytes, owner, exchange)
  const body = parsed instanceof Promise ? await (parsed as Promise<unknown>) : parsed
  // Those of a large one are gone: the thread that parsed it has had them.
  return {
    bytes: bytes.length === 0 ? undefined : bytes,
    parameters,
    header: (name) => exchange.header(name),
    body: () => body,
  }
}
