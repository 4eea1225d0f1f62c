/** How much of streams is kept, and for how long. What happens behind each limit stands in `docs/streams.md`. */

export interface StreamLimits {
  /** Milliseconds for which a stream is kept behind its end. */
  readonly keepMs: number
  /** Milliseconds for which a generation may go on behind the leaving of its client. */
  readonly detachedMs: number
  /** Bytes of one stream, of the streams of one organisation, and of all. */
  readonly streamBytes: number
  readonly organisationBytes: number
  readonly allBytes: number
  /** Streams of one organisation and of all, running and finished. */
  readonly organisationStreams: number
  readonly allStreams: number
  /** Clients that read one stream again at the same time. */
  readonly readers: number
}

const MINUTE_MS = 60_000
const MEBIBYTE = 1024 * 1024

/** A chunk of one token takes about 220 bytes, so 16 MiB hold an answer of 70,000 tokens. */
export const STREAM_LIMITS: StreamLimits = {
  keepMs: 5 * MINUTE_MS,
  detachedMs: 60 * MINUTE_MS,
  streamBytes: 16 * MEBIBYTE,
  organisationBytes: 64 * MEBIBYTE,
  allBytes: 256 * MEBIBYTE,
  organisationStreams: 4_000,
  allStreams: 20_000,
  readers: 32,
}
