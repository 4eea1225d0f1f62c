/** For whoever operates a server on its own machine: the keys that its clients and its operator have, as the next start would use them. */

import type { ConfiguredKey } from '../configuration/configuration.ts'
import { credentialsPath, readCredentials } from './credentials-file.ts'

/** The part of a `Configuration` that keys come from. */
interface KeySources {
  readonly dataFolder: string
  readonly apiKey: string | undefined
  readonly adminKey: string | undefined
  readonly keys: readonly Pick<ConfiguredKey, 'key'>[]
}

/** Of several API keys one; what is not known is left out. @throws StartError where the file of generated keys may not be trusted or understood */
export function knownKeys({ dataFolder, apiKey, adminKey, keys }: KeySources): { apiKey?: string; adminKey?: string } {
  const [configured] = keys
  const brought = apiKey ?? configured?.key
  const made =
    brought === undefined || adminKey === undefined ? readCredentials(credentialsPath(dataFolder)) : undefined
  const [api, admin] = [brought ?? made?.apiKey, adminKey ?? made?.adminKey]
  return { ...(api === undefined ? {} : { apiKey: api }), ...(admin === undefined ? {} : { adminKey: admin }) }
}
