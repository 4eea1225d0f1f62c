/** Addresses: where an engine is, where the server listens, which web pages may call it. */

import { isIP } from 'node:net'
import type { Checked } from './problems.ts'

/** The base address of an upstream, without a slash at its end. What is wrong is said without quoting the address. */
export function checkUpstreamUrl(text: string): Checked<string> {
  const address = URL.parse(text)
  if (address === null) return { wrong: 'must be an address such as http://10.0.0.5:8000/v1' }
  if (address.protocol !== 'http:' && address.protocol !== 'https:') {
    return { wrong: 'must begin with http:// or https://' }
  }
  if (address.username !== '' || address.password !== '') {
    return { wrong: 'must not hold a user name or password; the key has a setting of its own' }
  }
  if (text.includes('?') || text.includes('#')) return { wrong: 'must end with its path, without "?" or "#"' }
  const path = address.pathname.replace(/\/+$/, '')
  if (path.endsWith('/chat/completions')) return { wrong: 'must be the base address, without /chat/completions' }
  return { value: address.origin + path }
}

/** Whether nothing but a host is given, although nearly every server of this kind answers below `/v1`. */
export function lacksPath(url: string): boolean {
  return new URL(url).pathname === '/'
}

/** Moonshot's own hosts, which no longer have K2.5. */
export function isHostedMoonshot(url: string): boolean {
  return /^api(-sg)?\.moonshot\.(ai|cn)$/.test(new URL(url).hostname)
}

/** A host to listen on: an IP address (brackets are taken off) or a name. */
export function checkHost(text: string): Checked<string> {
  const host = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text
  if (isIP(host) !== 0) return { value: host }
  if (host === '*') return { wrong: 'must be an address; 0.0.0.0 and :: are all of this machine' }
  if (/^[^:]+:\d+$/.test(host)) return { wrong: 'must be a host alone; the port has a setting of its own' }
  if (host.includes('/')) return { wrong: 'must be a host alone, without "http://" and without a path' }
  const labels = host.replace(/\.$/, '').split('.')
  const isName = host.length <= 253 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  // A name of digits and dots is a mistyped address: no name ends in a number.
  if (!isName || /^\d+$/.test(labels.at(-1) ?? '')) return { wrong: 'must be an IP address or a host name' }
  return { value: host }
}

/** A port as a number or in digits. */
export function checkPort(port: string | number): Checked<number> {
  const number = typeof port === 'number' ? port : /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    return { wrong: 'must be a port, 0 to 65535 (0 takes any free one)' }
  }
  return { value: number }
}

/** The origin of a web page, as browsers send it: scheme and host, nothing after them. */
export function checkOrigin(text: string): Checked<string> {
  const address = URL.parse(text)
  if (address === null || address.origin === 'null' || address.origin !== text.toLowerCase()) {
    return { wrong: 'must be an origin such as https://app.example.com, without a path or a slash at its end' }
  }
  return { value: address.origin }
}

/** An address, or a network in CIDR notation. */
export function checkNetwork(text: string): Checked<string> {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  if (version !== 0 && isPrefix && more.length === 0) return { value: text }
  return { wrong: 'must be an address or a network such as 10.0.0.0/8' }
}

/** One port of one address, as it is written in a URL: exactly so, since it is compared. */
export function checkSocket(text: string): Checked<string> {
  const [, host = '', port = ''] = /^(?:([\d.]+|\[[\da-f:.]+\])):(\d{1,5})$/.exec(text) ?? []
  const isAddress = isIP(host.replace(/^\[|\]$/g, '')) !== 0 && URL.parse(`http://${host}`)?.hostname === host
  if (isAddress && Number(port) > 0 && Number(port) < 65_536 && String(Number(port)) === port) return { value: text }
  return { wrong: 'must be an address with a port, such as 10.0.0.5:8080 or [fd00::5]:8080' }
}
