/** A socket to an origin, as bytes in and bytes out: over TLS where the origin says so. */

import { type Socket, connect, isIP } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

export interface Origin {
  readonly secure: boolean
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** What the last TLS connection left to begin the next one with. */
  session: Buffer | undefined
}

/** One read at most. */
const READ_BYTES = 64 * 1024
/** When the other side has been silent for this long the kernel asks whether it is still there. */
const PROBE_AFTER_MS = 60_000

/**
 * All sockets of this thread read into one buffer: the kernel fills it and `take` empties it before anything else can run.
 * So nothing is allocated for a read, and an idle connection holds no buffer of its own.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES)

/** @param take has to be done with the bytes when it returns. @param ready the origin can be written to */
export function openSocket(origin: Origin, take: (bytes: Buffer) => void, ready: () => void): Socket {
  const { host, port } = origin
  const options = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
    onread: {
      buffer: READ_BUFFER,
      callback(count: number) {
        take(READ_BUFFER.subarray(0, count))
        return true
      },
    },
  }
  if (!origin.secure) return connect(options, ready)
  return connectSecurely(
    {
      ...options,
      ALPNProtocols: ['http/1.1'],
      // The name that certificate and SNI are about; an address has none.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(origin.session === undefined ? {} : { session: origin.session }),
    },
    ready,
  ).on('session', (session: Buffer) => {
    origin.session = session
  })
}
