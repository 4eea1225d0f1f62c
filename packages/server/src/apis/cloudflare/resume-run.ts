/** `GET …/run/{id}/resume?from=N`: a streamed run once more, behind the N events that its reader has had. */

import { ApiError, apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { StreamStore } from '../../streams/stream-store.ts'
import type { Caller } from '../api.ts'
import { followStream } from '../follow-stream.ts'
import { CountedStream } from './counted-stream.ts'
import { sendPlain } from './refusals.ts'

export function resumeRun(streams: StreamStore) {
  const follow = followStream(streams)
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const asked = new Resumed(exchange)
    try {
      await follow(asked, { key, parameters: { id: parameters['run'] } })
    } catch (error) {
      if (!(error instanceof ApiError) || !GONE.has(error.code)) throw error
      // As it was captured: by this its clients know that there is nothing to come back for.
      sendPlain(exchange, 404, { error: 'Request not found' })
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['stream_not_found', 'stream_not_kept', 'stream_position'])

class Resumed extends CountedStream {
  readonly #after: string

  constructor(exchange: Exchange) {
    super(exchange)
    const from = new URLSearchParams(exchange.query).getAll('from')
    if (from.length > 1) throw apiError('invalid_request', { details: 'from must be given once' })
    this.#after = from[0] === undefined ? '' : new URLSearchParams({ after: from[0] }).toString()
  }

  /** Only `from` says where: no browser comes back here by itself. */
  override header(name: string): string | undefined {
    return name === 'last-event-id' ? undefined : super.header(name)
  }

  override get query(): string {
    return this.#after
  }
}
