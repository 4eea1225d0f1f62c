/** URLs that may be asked at all, before anybody looks up where they lead. */

import { OutgoingError } from './outgoing-error.ts'

const MOST_CHARACTERS = 8192

/** Below it are services that are not the web: mail, shells, files, names. */
const FIRST_FREE_PORT = 1024

export interface Destination {
  readonly url: URL
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
}

/** @param base of a redirect, which may say only a part. @throws OutgoingError `url`, `scheme`, `port` */
export function allowedUrl(text: string, base?: URL): Destination {
  const url = text.length > MOST_CHARACTERS ? null : URL.parse(text, base)
  if (url === null) throw new OutgoingError('url', 'what is to be fetched is no URL, or too long')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutgoingError('scheme', 'only http and https are fetched')
  }
  // Nobody's password is sent anywhere, and `https://known.example@other/` is there to deceive.
  if (url.username !== '' || url.password !== '') throw new OutgoingError('url', 'the URL holds a user or a password')
  const standard = url.protocol === 'https:' ? 443 : 80
  const port = url.port === '' ? standard : Number(url.port)
  if (port !== 80 && port !== 443 && port < FIRST_FREE_PORT) {
    throw new OutgoingError('port', `port ${port} is not one of the web`)
  }
  // `0177.0.0.1`, `2130706433` and `0x7f.1` are 127.0.0.1 by then: the URL standard writes addresses in one way.
  return { url, host: url.hostname.replace(/^\[|\]$/g, ''), port }
}
