/** The environment variables that a start reads, checked. An empty variable counts as one that is not set. */

import { LENIENT_SWITCHES, type LenientSwitch, isLenientSwitch } from '@moonbase/protocol'
import { wrongWithKey } from '../keys/key-text.ts'
import type { CapabilityCorrections } from '@moonbase/core/engines/openai-compatible'
import { checkHost, checkPort, checkUpstreamUrl } from './addresses.ts'
import {
  FLAVOURS,
  type Flavour,
  LIMITS_FAIL,
  LOG_LEVELS,
  type LimitsFail,
  type LogLevel,
  type StartEnvironment,
} from './configuration.ts'
import { didYouMean } from './did-you-mean.ts'
import { type FilesPlace, checkFilesPlace } from './files-place.ts'
import { AUTO } from './found-engines.ts'
import { misspelt } from './misspelt-variables.ts'
import { type Checked, type Problems, quoted } from './problems.ts'
import { type LimitsPlace, type StorePlace, checkLimitsPlace, checkStorePlace } from './store-places.ts'

/** Every variable of ours, with what it is for. `docs/configuration.md` and `moonbase serve --help` name them all. */
export const VARIABLES = {
  MOONBASE_CONFIG: 'the configuration file',
  MOONBASE_HOST: 'where to listen',
  MOONBASE_PORT: 'the port to listen on; 0 takes any free one',
  MOONBASE_DATA: 'the folder for what the server keeps',
  MOONBASE_STORE: 'where accounts are kept: sqlite:<file>, postgres://…, memory or none',
  MOONBASE_FILES: 'where files are kept: file:<folder>, s3://<bucket>/<prefix> or memory',
  MOONBASE_LIMITS: 'where requests are counted: memory, or redis://…',
  MOONBASE_LIMITS_FAIL: 'open or closed: whether requests are let in while they cannot be counted there',
  MOONBASE_LOG_LEVEL: 'trace, debug, info, warn, error, fatal or silent',
  MOONBASE_API_KEY: 'an API key that clients may use',
  MOONBASE_ADMIN_KEY: 'the key of the operator',
  MOONBASE_UPSTREAM:
    'the base address of the server that answers; of several alike, with commas between; auto looks for one here',
  MOONBASE_UPSTREAM_KEY: 'the key for it',
  MOONBASE_UPSTREAM_FLAVOUR: `one of ${FLAVOURS.join(', ')}`,
  MOONBASE_UPSTREAM_MODEL: 'what it calls the model',
  MOONBASE_DISCOVER: '0 keeps a start with nothing configured from looking for engines on this machine',
  MOONBASE_MODEL: 'a GGUF file, which this machine then runs itself',
  MOONBASE_TOKENIZER: 'the vocabulary of the model, a tiktoken.model file',
  MOONBASE_SCENARIOS: 'scenario files of the offline engine, with commas between',
  MOONBASE_CASSETTES: 'cassettes of the replay engine, with commas between',
  MOONBASE_LENIENT: 'lenient switches, with commas between',
  MOONBASE_ALLOW_LENIENT_HEADER: '0 keeps requests from asking for lenient switches themselves',
  MOONBASE_WEB: '0 serves no workbench',
  MOONBASE_ALLOW_DEVELOPMENT_KEYS: '1 lets others reach a server with generated keys',
  MOONBASE_SHUTDOWN_TIMEOUT: 'how long running answers may go on at the end: 30s, 500ms, 2m',
} as const

type Variable = keyof typeof VARIABLES

export interface EnvironmentSettings {
  readonly config: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly data: string | undefined
  readonly store: StorePlace | undefined
  readonly files: FilesPlace | undefined
  readonly limitsStore: LimitsPlace | undefined
  readonly limitsFail: LimitsFail | undefined
  readonly logLevel: LogLevel | undefined
  readonly apiKey: string | undefined
  readonly adminKey: string | undefined
  readonly upstream: Upstream | undefined
  /** One of the variables about the upstream that is set although `MOONBASE_UPSTREAM` is not. */
  readonly strayUpstream: Variable | undefined
  /** Whether a start that is told nothing looks for engines; unsaid, it does. */
  readonly discover: boolean | undefined
  /** Path of a GGUF file, as it was written. */
  readonly model: string | undefined
  /** Path of a vocabulary, as it was written. */
  readonly tokenizer: string | undefined
  /** Paths as they were written. */
  readonly scenarios: readonly string[] | undefined
  /** Paths as they were written. */
  readonly cassettes: readonly string[] | undefined
  readonly lenient: readonly LenientSwitch[] | undefined
  readonly allowLenientHeader: boolean | undefined
  readonly web: boolean | undefined
  readonly allowDevelopmentKeys: boolean | undefined
  readonly shutdownMs: number | undefined
  /** `MOONSHOT_API_KEY`: not ours, but enough to reach the hosted platform. */
  readonly moonshotKey: string | undefined
  /** `CLOUDFLARE_API_TOKEN` and `CLOUDFLARE_ACCOUNT_ID`, which is a part of the address. */
  readonly cloudflare: { readonly token: string; readonly account: string } | undefined
  /** One of the two without the other. */
  readonly strayCloudflare: { readonly present: string; readonly missing: string } | undefined
  /** `OXEN_API_KEY`. */
  readonly oxenKey: string | undefined
}

interface Upstream {
  /** `auto`: whichever is found on this machine. */
  readonly urls: readonly string[] | typeof AUTO
  /** Unsaid, `generic`, or what was found. */
  readonly flavour: Flavour | undefined
  readonly key: string | undefined
  readonly model: string | undefined
  readonly can?: CapabilityCorrections
}

/** Mistakes go to `problems`; what is odd but harmless goes to `notes`. Relative paths of stores go from `cwd`. */
export function readEnvironment(
  environment: StartEnvironment,
  problems: Problems,
  notes: string[],
  cwd: string,
): EnvironmentSettings {
  const text = (name: string): string | undefined => {
    const value = environment[name]
    return value === undefined || value === '' ? undefined : value
  }
  const checked = <Value>(name: string, check: (value: string) => Checked<Value>): Value | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const outcome = check(value)
    if ('value' in outcome) return outcome.value
    problems.add(name, outcome.wrong)
    return undefined
  }

  const upstreamUrls = checked('MOONBASE_UPSTREAM', checkUpstreamUrls)
  const upstreamKey = checked('MOONBASE_UPSTREAM_KEY', checkHeaderText)
  const upstreamFlavour = checked('MOONBASE_UPSTREAM_FLAVOUR', oneOf(FLAVOURS))
  const token = checked('CLOUDFLARE_API_TOKEN', checkHeaderText)
  const account = checked('CLOUDFLARE_ACCOUNT_ID', checkAccount)
  const apiKey = checked('MOONBASE_API_KEY', checkKey)
  const adminKey = checked('MOONBASE_ADMIN_KEY', checkKey)
  if (apiKey !== undefined && apiKey === adminKey) {
    problems.add('MOONBASE_ADMIN_KEY', 'must differ from MOONBASE_API_KEY: one is for clients, one for the operator')
  }
  notes.push(...misspelt(environment, Object.keys(VARIABLES)))

  return {
    config: text('MOONBASE_CONFIG'),
    host: checked('MOONBASE_HOST', shown(checkHost)),
    port: isServiceLink(environment, notes) ? undefined : checked('MOONBASE_PORT', shown(checkPort)),
    data: text('MOONBASE_DATA'),
    store: checked('MOONBASE_STORE', (place) => checkStorePlace(place, cwd)),
    files: checked('MOONBASE_FILES', (place) => checkFilesPlace(place, cwd)),
    limitsStore: checked('MOONBASE_LIMITS', checkLimitsPlace),
    limitsFail: checked('MOONBASE_LIMITS_FAIL', oneOf(LIMITS_FAIL)),
    logLevel: checked('MOONBASE_LOG_LEVEL', oneOf(LOG_LEVELS)),
    apiKey,
    adminKey,
    upstream:
      upstreamUrls === undefined
        ? undefined
        : {
            urls: upstreamUrls,
            flavour: upstreamFlavour,
            key: upstreamKey,
            model: text('MOONBASE_UPSTREAM_MODEL'),
          },
    strayUpstream: text('MOONBASE_UPSTREAM') === undefined ? UPSTREAM_DETAILS.find(text) : undefined,
    discover: checked('MOONBASE_DISCOVER', shown(checkYesOrNo)),
    model: text('MOONBASE_MODEL'),
    tokenizer: text('MOONBASE_TOKENIZER'),
    scenarios: checked('MOONBASE_SCENARIOS', commaList),
    cassettes: checked('MOONBASE_CASSETTES', atLeastOne),
    lenient: checked('MOONBASE_LENIENT', checkLenient),
    allowLenientHeader: checked('MOONBASE_ALLOW_LENIENT_HEADER', shown(checkYesOrNo)),
    web: checked('MOONBASE_WEB', shown(checkYesOrNo)),
    allowDevelopmentKeys: checked('MOONBASE_ALLOW_DEVELOPMENT_KEYS', shown(checkYesOrNo)),
    shutdownMs: checked('MOONBASE_SHUTDOWN_TIMEOUT', shown(checkDuration)),
    moonshotKey: checked('MOONSHOT_API_KEY', checkHeaderText),
    cloudflare: token === undefined || account === undefined ? undefined : { token, account },
    strayCloudflare: strayOf(text, 'CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_ACCOUNT_ID'),
    oxenKey: checked('OXEN_API_KEY', checkHeaderText),
  }
}

const UPSTREAM_DETAILS: readonly Variable[] = [
  'MOONBASE_UPSTREAM_KEY',
  'MOONBASE_UPSTREAM_FLAVOUR',
  'MOONBASE_UPSTREAM_MODEL',
]

/** For values that are no secret: what is wrong ends with what was given. */
export function shown<Value>(check: (text: string) => Checked<Value>): (text: string) => Checked<Value> {
  return (text) => {
    const outcome = check(text)
    return 'wrong' in outcome ? { wrong: `${outcome.wrong} (got ${quoted(text)})` } : outcome
  }
}

export function oneOf<Value extends string>(values: readonly Value[]): (text: string) => Checked<Value> {
  return (text) => {
    const value = values.find((candidate) => candidate === text)
    return value === undefined ? { wrong: `must be one of ${values.join(', ')} (got ${quoted(text)})` } : { value }
  }
}

function checkKey(text: string): Checked<string> {
  const wrong = wrongWithKey(text)
  return wrong === undefined ? { value: text } : { wrong }
}

function checkHeaderText(text: string): Checked<string> {
  if (/^[\x21-\x7e]+$/.test(text)) return { value: text }
  return { wrong: 'goes into a header, and may hold neither spaces nor anything but ASCII' }
}

function checkAccount(text: string): Checked<string> {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(text)) return { value: text }
  return { wrong: 'must be the id of an account: letters, digits, "-" and "_"' }
}

function strayOf(
  text: (name: string) => string | undefined,
  one: string,
  other: string,
): { readonly present: string; readonly missing: string } | undefined {
  if ((text(one) === undefined) === (text(other) === undefined)) return undefined
  return text(one) === undefined ? { present: other, missing: one } : { present: one, missing: other }
}

function commaList(text: string): Checked<string[]> {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  return { value: entries }
}

function checkUpstreamUrls(text: string): Checked<string[] | typeof AUTO> {
  if (text === AUTO) return { value: AUTO }
  const urls: string[] = []
  for (const part of text.split(',')) {
    const checked = checkUpstreamUrl(part.trim())
    if ('wrong' in checked) return checked
    urls.push(checked.value)
  }
  return { value: urls }
}

function atLeastOne(text: string): Checked<string[]> {
  const entries = commaList(text)
  return 'value' in entries && entries.value.length === 0 ? { wrong: 'must name a file' } : entries
}

function checkLenient(text: string): Checked<LenientSwitch[]> {
  const switches = new Set<LenientSwitch>()
  const known = Object.keys(LENIENT_SWITCHES)
  const names = commaList(text)
  for (const name of 'value' in names ? names.value : []) {
    if (isLenientSwitch(name)) switches.add(name)
    else return { wrong: `there is no switch ${quoted(name)}${didYouMean(name, known)} (known: ${known.join(', ')})` }
  }
  return { value: [...switches] }
}

function checkYesOrNo(text: string): Checked<boolean> {
  if (/^(1|true|yes|on)$/i.test(text)) return { value: true }
  if (/^(0|false|no|off)$/i.test(text)) return { value: false }
  return { wrong: 'must be 1 or 0' }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }
const LONGEST_SHUTDOWN_MS = 3_600_000

/** `30`, `30s`, `500ms`, `2m`; a number alone counts seconds. */
function checkDuration(text: string): Checked<number> {
  const [, number, unit = 's'] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(text) ?? []
  const ms = Math.round(Number(number) * (UNIT_MS[unit] ?? Number.NaN))
  if (ms >= 0 && ms <= LONGEST_SHUTDOWN_MS) return { value: ms }
  return { wrong: 'must be a time such as 30s, 500ms or 2m, an hour at most' }
}

/**
 * Kubernetes gives every container of a namespace `<SERVICE>_PORT=tcp://…` for each service there, and a service named
 * `moonbase` is what people make. Nobody wrote that value, so it is passed over, and said.
 */
function isServiceLink(environment: StartEnvironment, notes: string[]): boolean {
  if (!/^(tcp|udp|sctp):\/\//.test(environment['MOONBASE_PORT'] ?? '')) return false
  notes.push(
    'MOONBASE_PORT holds the address of a Kubernetes service named moonbase, not a port, and is passed over (enableServiceLinks: false keeps it away)',
  )
  return true
}
