/**
 * A stream whose reader comes back by how many events he has had. Cloudflare's clients count blank lines for that, and comments
 * have one too: so there are none, and the number of ours is theirs.
 */

import type { BodySink, Exchange, ReplyHeader } from '../../http/exchange.ts'
import { ExchangeView } from './exchange-view.ts'

/** A line that belongs to the block of the next event, and so is none of its own. */
const LINE_OF_NEXT = ':\n'
/** A comment and its blank line, at the beginning of a block. Data never begins a line with a colon. */
const COMMENTS = /^:[^\n]*\n(?::[^\n]*\n)*\n/gm

export class CountedStream extends ExchangeView {
  /** The id of a stream is told under the name that these clients know, too. */
  override setHeader(name: string, value: string): void {
    super.setHeader(name, value)
    if (name === 'x-moonbase-stream-id') super.setHeader('cf-aig-run-id', value)
  }

  override open(status: number, contentType: string, headers?: readonly ReplyHeader[]): BodySink {
    return new WithoutComments(super.open(status, contentType, headers, LINE_OF_NEXT))
  }
}

/** Each piece is of whole blocks, as streams write them. */
class WithoutComments implements BodySink {
  readonly #sink: BodySink

  constructor(sink: BodySink) {
    this.#sink = sink
  }

  write(piece: string | Uint8Array): Promise<void> | undefined {
    const text = typeof piece === 'string' ? withoutComments(piece) : piece
    return text.length === 0 ? undefined : this.#sink.write(text)
  }

  end(): void {
    this.#sink.end()
  }
}

function withoutComments(text: string): string {
  return text.startsWith(':') || text.includes('\n:') ? text.replace(COMMENTS, '') : text
}

export function counted(exchange: Exchange): Exchange {
  return new CountedStream(exchange)
}
