/** Just enough HTTP/1.1 to find where each request of a keep-alive connection ends. Not a server for strangers. */

/** A request of the bench has 1 KB; a gateway may add headers and fields of its own. */
const MAX_REQUEST_BYTES = 64 * 1024

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  readonly body: Buffer
}

const EMPTY = Buffer.alloc(0)
const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')

export class RequestReader {
  /** Bytes that no complete request was found in yet. */
  #held: Buffer = EMPTY

  /** The requests that these bytes complete, in order. Throws on what it cannot frame. */
  push(bytes: Buffer): UpstreamRequest[] {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const requests: UpstreamRequest[] = []
    for (;;) {
      const found = readOne(rest)
      if (found === undefined) break
      requests.push(found.request)
      rest = rest.subarray(found.length)
    }
    if (rest.length > MAX_REQUEST_BYTES) throw new Error(`request-limit: more than ${MAX_REQUEST_BYTES} bytes`)
    this.#held = rest
    return requests
  }
}

function readOne(bytes: Buffer): { request: UpstreamRequest; length: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ', 2)
  const start = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head))
    return readChunked(bytes, start, method, path)
  const end = start + Number(length ?? 0)
  if (bytes.length < end) return undefined
  return { request: { method, path, body: bytes.subarray(start, end) }, length: end }
}

function readChunked(bytes: Buffer, start: number, method: string, path: string) {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!Number.isInteger(size)) throw new Error('request-framing: a chunk size that is not a number')
    const dataStart = lineEnd + LINE_END.length
    const next = dataStart + size + LINE_END.length
    if (bytes.length < next) return undefined
    if (size === 0) return { request: { method, path, body: Buffer.concat(parts) }, length: next }
    parts.push(bytes.subarray(dataStart, dataStart + size))
    at = next
  }
}
