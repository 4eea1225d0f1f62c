/** Just enough HTTP/1.1 to find where each request of a keep-alive connection ends. Not a server for strangers. */

/** The longest that reaches the upstream has 1 MB; a gateway may add headers and fields of its own. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  readonly body: Buffer
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')

export class RequestReader {
  /** Bytes that no complete request was found in yet, joined only once it is there: long requests come in many reads. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** How many bytes the next request has, once its head has said so; before that any more may complete it. */
  #neededBytes = 0

  /** The requests that these bytes complete, in order. Throws on what it cannot frame. */
  push(bytes: Buffer): UpstreamRequest[] {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MAX_REQUEST_BYTES) throw new Error(`request-limit: more than ${MAX_REQUEST_BYTES} bytes`)
    if (this.#heldBytes < this.#neededBytes) return []
    let rest = this.#held.length === 1 ? bytes : Buffer.concat(this.#held)
    const requests: UpstreamRequest[] = []
    for (;;) {
      const { request, length } = readOne(rest)
      this.#neededBytes = request === undefined ? length : 0
      if (request === undefined) break
      requests.push(request)
      rest = rest.subarray(length)
    }
    this.#held = rest.length === 0 ? [] : [rest]
    this.#heldBytes = rest.length
    return requests
  }
}

/** A request and its length; without one, the length that it will have, or zero where that is not known yet. */
interface Read {
  readonly request: UpstreamRequest | undefined
  readonly length: number
}

const NOT_YET: Read = { request: undefined, length: 0 }

function readOne(bytes: Buffer): Read {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return NOT_YET
  const head = bytes.toString('latin1', 0, headEnd)
  const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ', 2)
  const start = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head))
    return readChunked(bytes, start, method, path)
  const end = start + Number(length ?? 0)
  if (bytes.length < end) return { request: undefined, length: end }
  return { request: { method, path, body: bytes.subarray(start, end) }, length: end }
}

function readChunked(bytes: Buffer, start: number, method: string, path: string): Read {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at)
    if (lineEnd === -1) return NOT_YET
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!Number.isInteger(size)) throw new Error('request-framing: a chunk size that is not a number')
    const dataStart = lineEnd + LINE_END.length
    const next = dataStart + size + LINE_END.length
    if (bytes.length < next) return NOT_YET
    if (size === 0) return { request: { method, path, body: Buffer.concat(parts) }, length: next }
    parts.push(bytes.subarray(dataStart, dataStart + size))
    at = next
  }
}
