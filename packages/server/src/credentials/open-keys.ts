/** The keys of a start: from the environment, from the file, or made here the first time. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { ConfiguredKey } from '../configuration/configuration.ts'
import { StartError } from '../records/start-error.ts'
import { type Credentials, credentialsPath, readCredentials, writeCredentials } from './credentials-file.ts'
import { DEFAULT_NAME, adminKeyId, keyId, organisationId, projectId } from '../keys/identifiers.ts'
import type { ConfiguredApiKey, ConfiguredKeys } from '../accounts/configured-keys.ts'
import { digestOf } from '../keys/key-ring.ts'
import { generateAdminKey, generateKey, shownPrefix } from '../keys/key-text.ts'

/** The part of a `Configuration` that keys need. */
export interface KeyOptions {
  readonly dataFolder: string
  /** From the environment, in a form that was checked. */
  readonly apiKey: string | undefined
  readonly adminKey: string | undefined
  readonly keys: readonly ConfiguredKey[]
  /** For every key that does not name its own. */
  readonly lenient: readonly LenientSwitch[]
}

export interface Keys {
  readonly configured: ConfiguredKeys
  /** The keys that this start made and uses, to be shown once. */
  readonly firstStart: FirstStart | undefined
  /** Whether clients may come with a key that was generated, and not chosen by the operator. */
  readonly developmentKeysInUse: boolean
}

export interface FirstStart {
  /** `undefined` where the operator brought that key. */
  readonly apiKey: string | undefined
  readonly adminKey: string | undefined
  /** The file that keeps them. */
  readonly path: string
}

/**
 * A generated API key is used only when the operator brought none at all, neither in the environment nor in the file.
 *
 * @throws StartError when a key is given twice, or the file of generated keys cannot be read, trusted or written
 */
export function openKeys(options: KeyOptions, generate: KeyMakers = KEY_MAKERS): Keys {
  const path = credentialsPath(options.dataFolder)
  const needsApiKey = options.apiKey === undefined && options.keys.length === 0
  const needsAdminKey = options.adminKey === undefined
  const generated = needsApiKey || needsAdminKey ? openGenerated(path, generate) : undefined
  const adminKey = options.adminKey ?? generated?.kept.adminKey
  const generatedApiKey = needsApiKey ? generated?.kept.apiKey : undefined
  if (adminKey === undefined) throw new Error('no admin key was brought or made')

  const entries = entriesOf(options, generatedApiKey)
  refuseDoubles(entries, adminKey)
  return {
    configured: { apiKeys: entries.map(({ configured }) => configured), adminKey: adminKeyOf(adminKey, options) },
    firstStart:
      generated?.written === true
        ? { apiKey: generatedApiKey, adminKey: needsAdminKey ? adminKey : undefined, path }
        : undefined,
    developmentKeysInUse: generatedApiKey !== undefined,
  }
}

/** What to tell the owner of keys that were just made. The only lines that ever show a key. */
export function firstStartLines({ apiKey, adminKey, path }: FirstStart): string[] {
  return [
    'first start: these keys were made for this server and are shown this once',
    ...(apiKey === undefined ? [] : [`  API key:   ${apiKey}`]),
    ...(adminKey === undefined ? [] : [`  admin key: ${adminKey}`]),
    `They are kept in ${path}, which only you may read.`,
  ]
}

interface KeyMakers {
  readonly apiKey: () => string
  readonly adminKey: () => string
}

const KEY_MAKERS: KeyMakers = { apiKey: () => generateKey(), adminKey: () => generateAdminKey() }

function openGenerated(path: string, generate: KeyMakers): { kept: Credentials; written: boolean } {
  const kept = readCredentials(path)
  if (kept !== undefined) return { kept, written: false }
  // Both are made, even if one is not needed now: the file is written once and never changed.
  return writeCredentials(path, { apiKey: generate.apiKey(), adminKey: generate.adminKey() })
}

interface NamedKey {
  readonly key: string
  readonly configured: ConfiguredApiKey
}

function entriesOf({ apiKey, keys, lenient }: KeyOptions, generatedApiKey: string | undefined): NamedKey[] {
  const entries: NamedKey[] = []
  if (generatedApiKey !== undefined) {
    entries.push({
      key: generatedApiKey,
      configured: configuredOf(generatedApiKey, 'generated', 'development', {}, lenient, 'the generated API key'),
    })
  }
  if (apiKey !== undefined) {
    entries.push({
      key: apiKey,
      configured: configuredOf(apiKey, 'environment', 'environment', {}, lenient, 'MOONBASE_API_KEY'),
    })
  }
  for (const [index, configured] of keys.entries()) {
    const { key, name, lenient: own = lenient } = configured
    const source = `keys[${index}] ("${name}")`
    entries.push({ key, configured: configuredOf(key, 'configured', name, configured, own, source) })
  }
  return entries
}

function configuredOf(
  key: string,
  origin: Parameters<typeof keyId>[0],
  name: string,
  { organisation = DEFAULT_NAME, project = DEFAULT_NAME }: { organisation?: string; project?: string },
  lenient: readonly LenientSwitch[],
  source: string,
): ConfiguredApiKey {
  return {
    ...tracesOf(key),
    source,
    id: keyId(origin, organisation, name),
    name,
    organisation: { id: organisationId(organisation), name: organisation },
    project: { id: projectId(organisation, project), name: project },
    lenient,
    generated: origin === 'generated',
  }
}

function adminKeyOf(adminKey: string, { adminKey: brought }: KeyOptions): ConfiguredKeys['adminKey'] {
  const name = brought === undefined ? 'generated' : 'environment'
  const source = brought === undefined ? 'the generated admin key' : 'MOONBASE_ADMIN_KEY'
  return { id: adminKeyId(name), name, source, ...tracesOf(adminKey) }
}

function tracesOf(key: string): Pick<ConfiguredApiKey, 'prefix' | 'digest'> {
  return { prefix: shownPrefix(key), digest: digestOf(key).toString('hex') }
}

function refuseDoubles(entries: readonly NamedKey[], adminKey: string): void {
  const sources = new Map<string, string>([[adminKey, 'the admin key']])
  for (const {
    key,
    configured: { source },
  } of entries) {
    const other = sources.get(key)
    if (other !== undefined) throw new StartError(`${source} is the same key as ${other}; each must have its own`)
    sources.set(key, source)
  }
}
