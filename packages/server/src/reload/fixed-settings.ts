/** What a server keeps as it started: what is bound, opened or sized once. */

import type { Configuration } from '../configuration/index.ts'

const FIXED: readonly (readonly [name: string, of: (configuration: Configuration) => unknown])[] = [
  ['listen.host', ({ listen }) => listen.host],
  ['listen.port', ({ listen }) => listen.port],
  ['data', ({ dataFolder }) => dataFolder],
  ['listen.trusted_proxies', ({ listen }) => listen.trustedProxies.join()],
  ['store', ({ store }) => JSON.stringify(store)],
  ['files', ({ files }) => JSON.stringify(files)],
  ['store_lease_ms', ({ storeLeaseMs }) => storeLeaseMs],
  ['limits.store', ({ limits }) => JSON.stringify(limits.store)],
  ['limits.fail', ({ limits }) => limits.fail],
  ['limits.lease_ms', ({ limits }) => limits.leaseMs],
  ['tokenizer', ({ tokenizer }) => tokenizer],
  ['log.format', ({ log }) => log.format],
  ['limits.body_bytes', ({ limits }) => limits.bodyBytes],
  ['limits.body_timeout_ms', ({ limits }) => limits.bodyTimeoutMs],
  ['limits.shares', ({ limits }) => JSON.stringify(limits.shares)],
  ['outgoing', ({ outgoing }) => JSON.stringify(outgoing)],
  ['limits.overload', ({ limits }) => JSON.stringify(limits.overload)],
  ['web', ({ web }) => web],
  ['limits.reasoning', ({ limits }) => JSON.stringify(limits.reasoning)],
]

/** Names of fixed settings that were changed. All of them are single values. */
export function fixedChanges(before: Configuration, after: Configuration): string[] {
  return FIXED.filter(([, of]) => of(after) !== of(before)).map(([name]) => name)
}

/** The configuration that was read, with the fixed settings of the one that is followed. */
export function withFixed(
  read: Configuration,
  { listen, dataFolder, store, storeLeaseMs, files, tokenizer, outgoing, log, limits, web }: Configuration,
): Configuration {
  return {
    ...read,
    listen,
    dataFolder,
    store,
    storeLeaseMs,
    files,
    tokenizer,
    outgoing,
    web,
    log: { ...log, level: read.log.level },
    limits: { ...limits, shutdownMs: read.limits.shutdownMs },
  }
}
