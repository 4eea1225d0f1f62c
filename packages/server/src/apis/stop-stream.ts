/** `DELETE /v1/streams/{id}`: ends a generation, whoever reads it. For clients that asked for it to go on without them. */

import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Exchange } from '../http/exchange.ts'
import type { StreamStore } from '../streams/stream-store.ts'
import type { Caller } from './api.ts'

/** What was said until then is kept and paid for, as where a client leaves. One that has ended stays as it is. */
export function stopStream(streams: Pick<StreamStore, 'find' | 'stop'>) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const stream = await streams.find(parameters['id'] ?? '', key.organisation)
    streams.stop(stream.id, key.organisation, apiError('client_closed'))
    exchange.send(204, 'application/json', '')
  }
}
