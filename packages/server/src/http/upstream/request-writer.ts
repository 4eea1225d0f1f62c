/** A request as it goes into a socket: its head and its body in as few writes and conversions as their sizes allow. */

import type { Socket } from 'node:net'
import type { BodyText } from '@moonbase/core/engines/openai-compatible'
import { JoinedText } from './joined-text.ts'

export interface OutgoingRequest {
  /** All but the length of the body and the empty line. */
  readonly head: string
  /** `null` where there is none. */
  readonly body: BodyText | null
  readonly signal: AbortSignal
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
}

/** Up to here head and body are one string; longer ones are not copied together. */
const ONE_WRITE_UNITS = 64 * 1024

export class RequestWriter {
  readonly #joining = new JoinedText()

  write(socket: Socket, { head, body }: OutgoingRequest): void {
    if (body === null) {
      socket.write(`${head}\r\n`, 'latin1')
      return
    }
    if (typeof body !== 'string') {
      const bytes = this.#joining.bytesOf(body)
      socket.cork()
      socket.write(headOf(head, bytes.length), 'latin1')
      socket.write(bytes)
      socket.uncork()
      return
    }
    const length = Buffer.byteLength(body)
    // As many bytes as characters: it is ASCII, which node writes without converting it.
    if (length === body.length && length <= ONE_WRITE_UNITS) {
      socket.write(headOf(head, length) + body, 'latin1')
      return
    }
    socket.cork()
    socket.write(headOf(head, length), 'latin1')
    socket.write(body, length === body.length ? 'latin1' : 'utf8')
    socket.uncork()
  }
}

function headOf(head: string, length: number): string {
  return `${head}content-length: ${length}\r\n\r\n`
}
