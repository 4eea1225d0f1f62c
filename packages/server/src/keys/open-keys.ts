/** The keys of a start: from the environment, from the file, or made here the first time. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { ConfiguredKey } from '../configuration/configuration.ts'
import { StartError } from '../configuration/start-error.ts'
import { type Credentials, credentialsPath, readCredentials, writeCredentials } from './credentials-file.ts'
import { DEFAULT_NAME, keyId, organisationId, projectId } from './identifiers.ts'
import { KeyRing, type KeyRecord, digestOf } from './key-ring.ts'
import { generateKey } from './key-text.ts'

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
  readonly ring: KeyRing
  /** SHA-256; compare with `isKeyOf`. */
  readonly adminKeyHash: Uint8Array
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

/** Until organisations have balances: every one is served as the hosted platform serves its best customers. */
const TIER = 5

/**
 * A generated API key is used only when the operator brought none at all, neither in the environment nor in the file.
 *
 * @throws StartError when a key is given twice, or the file of generated keys cannot be read, trusted or written
 */
export function openKeys(options: KeyOptions, generate: () => string = generateKey): Keys {
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
    ring: new KeyRing(entries),
    adminKeyHash: digestOf(adminKey),
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

function openGenerated(path: string, generate: () => string): { kept: Credentials; written: boolean } {
  const kept = readCredentials(path)
  if (kept !== undefined) return { kept, written: false }
  // Both are made, even if one is not needed now: the file is written once and never changed.
  return writeCredentials(path, { apiKey: generate(), adminKey: generate() })
}

interface NamedKey {
  readonly key: string
  readonly record: KeyRecord
  /** As error messages call it. */
  readonly source: string
}

function entriesOf({ apiKey, keys, lenient }: KeyOptions, generatedApiKey: string | undefined): NamedKey[] {
  const entries: NamedKey[] = []
  if (generatedApiKey !== undefined) {
    entries.push({
      key: generatedApiKey,
      record: recordOf('generated', 'development', {}, lenient),
      source: 'the generated API key',
    })
  }
  if (apiKey !== undefined) {
    entries.push({
      key: apiKey,
      record: recordOf('environment', 'environment', {}, lenient),
      source: 'MOONBASE_API_KEY',
    })
  }
  for (const [index, configured] of keys.entries()) {
    const record = recordOf('configured', configured.name, configured, configured.lenient ?? lenient)
    entries.push({ key: configured.key, record, source: `keys[${index}] ("${configured.name}")` })
  }
  return entries
}

function recordOf(
  origin: Parameters<typeof keyId>[0],
  name: string,
  { organisation = DEFAULT_NAME, project = DEFAULT_NAME }: { organisation?: string; project?: string },
  lenient: readonly LenientSwitch[],
): KeyRecord {
  return {
    id: keyId(origin, organisation, name),
    organisation: organisationId(organisation),
    project: projectId(organisation, project),
    name,
    tier: TIER,
    lenient: new Set(lenient),
    generated: origin === 'generated',
  }
}

function refuseDoubles(entries: readonly NamedKey[], adminKey: string): void {
  const sources = new Map<string, string>([[adminKey, 'the admin key']])
  for (const { key, source } of entries) {
    const other = sources.get(key)
    if (other !== undefined) throw new StartError(`${source} is the same key as ${other}; each must have its own`)
    sources.set(key, source)
  }
}
