/** One download of a small file whose size is known: over https, bounded in bytes, redirects and time. */

import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { codeOf } from '../configuration/read-text-file.ts'
import { StartError } from '../records/start-error.ts'

export interface DownloadOptions {
  readonly url: string
  /** The exact size; a reply that says another is refused before it is read, and none is read further. */
  readonly bytes: number
  /** Where `HTTPS_PROXY` and `NO_PROXY` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onProgress?: (received: number) => void
  readonly limits?: DownloadLimits
}

export interface DownloadLimits {
  /** Until the connection stands. */
  readonly connectMs: number
  /** Until the head of a reply is there, and then between any two pieces of it. */
  readonly silenceMs: number
  /** The whole download, redirects included. */
  readonly totalMs: number
}

const LIMITS: DownloadLimits = { connectMs: 15_000, silenceMs: 30_000, totalMs: 600_000 }

/** Hugging Face takes one to the host that holds the bytes, now and then two. */
const MOST_REDIRECTS = 5

/** @throws StartError that says what stood in the way, in words for whoever wanted the file */
export async function download(options: DownloadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const limits = options.limits ?? LIMITS
  const first = allowedAddress(options.url)
  const dispatcher = dispatcherFor(first, options.environment, limits)
  const signal = AbortSignal.timeout(limits.totalMs)
  // The host that is being asked, for the error: after a redirect it is not the one that the caller named.
  let address = first
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const reply = await request(address, {
        dispatcher,
        signal,
        headers: { 'user-agent': 'moonbase', accept: '*/*', 'accept-encoding': 'identity' },
      })
      if (!REDIRECTS.has(reply.statusCode)) return await bodyOf(reply, address, options)
      address = redirected(reply, address, first)
      reply.body.on('error', ignoreAfterRedirect).destroy()
    }
    throw new StartError(`${first.host} redirects more than ${MOST_REDIRECTS} times`)
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`${address.host} ${whyNot(error, signal, limits)}`, error)
  } finally {
    // What is still open belongs to a download that failed.
    await dispatcher.destroy()
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** The body of a redirect is thrown away, so how it ends means nothing. */
function ignoreAfterRedirect(): void {
  // Only there so that the stream's end is not an uncaught error.
}

function allowedAddress(text: string): URL {
  const address = URL.parse(text)
  if (address === null) throw new StartError(`${text} is not an address`)
  if (address.protocol === 'https:' || (address.protocol === 'http:' && isLoopback(address))) return address
  throw new StartError(`${text} is refused: only https:// is fetched from, and http:// from this machine itself`)
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function redirected({ statusCode, headers }: Dispatcher.ResponseData, from: URL, first: URL): URL {
  const location = typeof headers['location'] === 'string' ? URL.parse(headers['location'], from) : null
  if (location === null) throw new StartError(`${from.host} answered ${statusCode} without saying where to go`)
  // An https address never leads to anything less, and no stranger sends this machine to itself.
  if (location.protocol === 'https:' && !isLoopback(location)) return location
  if (isLoopback(first) && isLoopback(location) && /^https?:$/.test(location.protocol)) return location
  throw new StartError(`${from.host} redirects to ${location.protocol}//${location.host}, which is refused`)
}

function dispatcherFor(
  first: URL,
  environment: Readonly<Record<string, string | undefined>>,
  { connectMs, silenceMs }: DownloadLimits,
): Dispatcher {
  const options = { connect: { timeout: connectMs }, headersTimeout: silenceMs, bodyTimeout: silenceMs }
  if (isLoopback(first)) return new Agent(options)
  return new EnvHttpProxyAgent({
    ...options,
    httpsProxy: environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? '',
    httpProxy: environment['http_proxy'] ?? environment['HTTP_PROXY'] ?? '',
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
  })
}

async function bodyOf(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  address: URL,
  { bytes, onProgress }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (statusCode !== 200) throw new StartError(`${address.host} answered ${statusCode} ${meaningOf(statusCode)}`)
  const stated = headers['content-length']
  if (stated !== undefined && Number(stated) !== bytes) throw wrongSize(address, `${String(stated)} bytes`, bytes)
  const whole = new Uint8Array(bytes)
  let received = 0
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    if (received + piece.length > bytes) throw wrongSize(address, `more than ${bytes} bytes`, bytes)
    whole.set(piece, received)
    received += piece.length
    onProgress?.(received)
  }
  if (received < bytes) throw wrongSize(address, `${received} bytes`, bytes)
  return whole
}

function wrongSize(address: URL, actual: string, expected: number): StartError {
  return new StartError(`${address.host} gave a file of ${actual}; the vocabulary has ${expected}`)
}

function meaningOf(status: number): string {
  if (status === 404 || status === 410) return '(the file is not there)'
  if (status === 401 || status === 403) return '(it does not give the file to everybody)'
  if (status === 429) return '(it was asked too often; try again later)'
  return status >= 500 ? '(it is in trouble; try again later)' : '(which is no file)'
}

function whyNot(error: unknown, signal: AbortSignal, limits: DownloadLimits): string {
  if (signal.aborted) return `did not give the whole file within ${limits.totalMs / 1000} seconds`
  const code = codeOf(error)
  const words = CAUSES[code]
  if (words !== undefined) return words
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) return `shows a certificate that this machine does not trust (${code})`
  return `could not be read (${code === 'unknown error' && error instanceof Error ? error.message : code})`
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'is unknown here: is there a network?',
  EAI_AGAIN: 'is unknown here: is there a network?',
  ENETUNREACH: 'cannot be reached: is there a network?',
  EHOSTUNREACH: 'cannot be reached: is there a network?',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'does not answer',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of the file',
}
