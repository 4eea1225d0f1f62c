/** `moonbase open`: an address that lets a person of this machine into the workbench of a running server, without typing a key. */

import { AdminFailure, type ConnectionFlags, REFUSED, answerOf, field, reach, serverUrl } from './admin-connection.ts'
import type { Terminal } from './terminal.ts'

/**
 * Whoever can read the keys of the server can have them typed for him: they are shown to it, over the connection that any client
 * uses, and it answers with a token for one use. @throws AdminFailure, or StartError for files that cannot be read
 */
export async function openCommand(flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const base = serverUrl(flags, terminal)
  const { apiKey, adminKey } = await keysOf(flags, terminal)
  const body = JSON.stringify({ api_key: apiKey, admin_key: adminKey })
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
  const response = await reach(base, new URL(`${base}/web/v1/entries`), { method: 'POST', headers, body })
  const token = field((await answerOf(response, base)).json, 'token')
  if (typeof token !== 'string' || !/^[\w-]+$/.test(token)) {
    throw new AdminFailure([`${base} gives no address to open`], REFUSED)
  }
  terminal.writeOut(`${base}/#enter=${token}\n`)
}

async function keysOf({ config, data }: ConnectionFlags, { environment }: Terminal) {
  const [{ loadConfiguration }, { knownKeys }] = await Promise.all([
    import('@moonbase/server/configuration'),
    import('@moonbase/server/known-keys'),
  ])
  const places = { ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }) }
  const configuration = await loadConfiguration({ arguments: places, environment })
  const known = knownKeys(configuration)
  if (known.apiKey !== undefined || known.adminKey !== undefined) return known
  throw new AdminFailure(
    [
      `no keys: neither MOONBASE_API_KEY nor MOONBASE_ADMIN_KEY is set, and ${configuration.dataFolder} has no credentials of a server`,
      'Set one of them, or name the data folder of the server with --data.',
    ],
    REFUSED,
  )
}
