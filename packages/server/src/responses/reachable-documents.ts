/** Documents for whoever answers requests: a store that is away is the refusal that clients know, and not a mistake of ours. */

import { apiErrorWith } from '@moonbase/protocol'
import type { Documents } from '../documents/documents.ts'
import { LedgerError } from '../ledger/ledger.ts'

type Asked = Pick<Documents, 'get' | 'put' | 'list' | 'count'>

/** Every one of them @throws ApiError `ledger_unavailable` where the store is away */
export function reachable(documents: Asked): Asked {
  return {
    get: (kind, owner, id) => told(documents.get(kind, owner, id)),
    put: (writes) => told(documents.put(writes)),
    list: (kind, owner, page) => told(documents.list(kind, owner, page)),
    count: (kind, owner, of) => told(documents.count(kind, owner, of)),
  }
}

async function told<Result>(asking: Promise<Result>): Promise<Result> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof LedgerError) throw apiErrorWith('ledger_unavailable', { cause: error, reason: error.message })
    throw error
  }
}
