/** The path that a request names, without its query. */

/** As a client writes it that takes this server for a proxy. It is ours all the same. Source: RFC 9112, section 3.2.2. */
const OF_A_PROXY = /^https?:\/\/[^/]*/i

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  return path.startsWith('/') ? path : path.replace(OF_A_PROXY, '') || '/'
}
