/** The configuration of a start: command line over environment over file over defaults, with every mistake at once. */

import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { checkHost, checkPort } from './addresses.ts'
import { checkMeaning } from './check-meaning.ts'
import { checkShape } from './check-shape.ts'
import { chooseEngines, defaultModels, environmentEngineName, isNothingChosen, oddities } from './choose-engines.ts'
import {
  type Configuration,
  DEFAULTS,
  LOG_LEVELS,
  type StartArguments,
  type StartEnvironment,
} from './configuration.ts'
import { isOpenToAll } from './file-modes.ts'
import { holdsKeys, openFileNote } from './kept-keys.ts'
import { type EnvironmentSettings, oneOf, readEnvironment, shown } from './environment-settings.ts'
import { type FileSettings, settingsFrom } from './file-settings.ts'
import { AUTO, type EngineSearch, foundNote, reasonToLook, withFound } from './found-engines.ts'
import { isRecord } from './plain-value.ts'
import { type Checked, Problems } from './problems.ts'
import { type ReadFile, codeOf, readTextFile, whyUnreadable } from './read-text-file.ts'
import { readYaml } from './read-yaml.ts'
import { routingFrom } from './routing-settings.ts'
import { outgoingFrom } from './outgoing-settings.ts'
import { reasoningFrom } from './reasoning-settings.ts'
import { overloadFrom, sharesFrom } from './share-settings.ts'

/** Read from the working folder when nobody names a file. */
const DEFAULT_FILE = 'moonbase.yaml'

/**
 * Empty, or all of it behind `#`: editors that were killed and disks that are full leave the one, whoever looks for a mistake
 * leaves the other. A start would take either for: all as by default, with the stand-in for the engines that had stood there.
 */
const NO_SETTING = 'the configuration file holds no setting; write one into it, or take it away'

export interface LoadOptions {
  readonly arguments: StartArguments
  readonly environment: StartEnvironment
  readonly readFile?: ReadFile
  /** Whether every user of this machine may read the file at this path. */
  readonly mayOthersRead?: (path: string) => boolean
  /** The folder from which paths of the command line and the environment go. */
  readonly cwd?: string
  /** Looks for engines on this machine; `undefined` where nobody should look. */
  readonly look?: (reason: 'told' | 'untold') => Promise<EngineSearch | undefined>
}

/** Reads nothing but the configuration file, asks nobody but `look`, and writes nothing. @throws StartError with a line for each mistake. */
export async function loadConfiguration(options: LoadOptions): Promise<Configuration> {
  const { readFile = readTextFile, mayOthersRead = isOpenToAll, cwd = process.cwd(), look = lookNowhere } = options
  const problems = new Problems()
  const notes: string[] = []
  const given = checkArguments(options.arguments, problems)
  const written = readEnvironment(options.environment, problems, notes, cwd)

  const file = await findFile(options.arguments.config ?? written.config, cwd, readFile, problems)
  let settings: FileSettings = {}
  let variables: ReadonlySet<string> = new Set()
  if (file !== undefined) {
    const yaml = await readYaml(file.text, file.shown, options.environment, problems)
    if (yaml.readable) {
      if (isRecord(yaml.value) && Object.keys(yaml.value).length === 0) problems.add(file.shown, NO_SETTING)
      await checkShape(yaml)
      checkMeaning(yaml, [environmentEngineName(written)])
    }
    variables = yaml.variables
    problems.throwIfAny()
    settings = settingsFrom(yaml.value, dirname(file.path))
    if (holdsKeys(yaml) && mayOthersRead(file.path)) notes.push(openFileNote(file.shown))
  }
  problems.throwIfAny()

  // An engine of the file comes before any that is found; that two were chosen is said below.
  const isOpen = settings.engines === undefined
  const environment = isOpen ? await discovered(written, file !== undefined, look, problems, notes) : written
  problems.throwIfAny()

  const scenarios = environment.scenarios?.map((path) => resolve(cwd, path))
  const model = environment.model === undefined ? undefined : resolve(cwd, environment.model)
  const cassettes = environment.cassettes?.map((path) => resolve(cwd, path))
  const engines = chooseEngines(settings, variables, environment, { scenarios, model, cassettes }, problems, notes)
  problems.throwIfAny()
  const models = settings.models ?? defaultModels(engines)
  notes.push(...oddities(engines, models))

  const data = options.arguments.data ?? environment.data
  const dataFolder = data === undefined ? (settings.data ?? resolve(cwd, DEFAULTS.data)) : resolve(cwd, data)
  return {
    file: file === undefined ? undefined : { path: file.shown, found: file.found },
    listen: {
      host: given.host ?? environment.host ?? settings.host ?? DEFAULTS.listen.host,
      port: given.port ?? environment.port ?? settings.port ?? DEFAULTS.listen.port,
      trustedProxies: settings.trustedProxies ?? [],
    },
    dataFolder,
    store: environment.store ?? settings.store ?? { kind: 'sqlite', path: join(dataFolder, 'moonbase.db') },
    storeLeaseMs: settings.storeLeaseMs ?? DEFAULTS.storeLeaseMs,
    files: environment.files ?? settings.files ?? { kind: 'file', path: join(dataFolder, 'files') },
    tokenizer: environment.tokenizer === undefined ? settings.tokenizer : resolve(cwd, environment.tokenizer),
    engines,
    enginesByDefault: isNothingChosen(settings, environment),
    models,
    routing: settings.routing ?? routingFrom(undefined),
    keys: settings.keys ?? [],
    apiKey: environment.apiKey,
    adminKey: environment.adminKey,
    lenient: environment.lenient ?? settings.lenient ?? [],
    allowLenientHeader: environment.allowLenientHeader ?? settings.allowLenientHeader ?? DEFAULTS.allowLenientHeader,
    outgoing: settings.outgoing ?? outgoingFrom(undefined),
    log: {
      level: given.logLevel ?? environment.logLevel ?? settings.logLevel ?? DEFAULTS.log.level,
      format: settings.logFormat ?? DEFAULTS.log.format,
    },
    limits: {
      bodyBytes: settings.bodyBytes ?? DEFAULTS.limits.bodyBytes,
      bodyTimeoutMs: settings.bodyTimeoutMs ?? DEFAULTS.limits.bodyTimeoutMs,
      shutdownMs: environment.shutdownMs ?? settings.shutdownMs ?? DEFAULTS.limits.shutdownMs,
      store: environment.limitsStore ?? settings.limitsStore ?? { kind: DEFAULTS.limits.store },
      fail: environment.limitsFail ?? settings.limitsFail ?? DEFAULTS.limits.fail,
      leaseMs: settings.limitsLeaseMs ?? DEFAULTS.limits.leaseMs,
      shares: settings.shares ?? sharesFrom(undefined),
      overload: settings.overload ?? overloadFrom(undefined),
      reasoning: settings.reasoning ?? reasoningFrom(undefined),
    },
    allowDevelopmentKeys:
      options.arguments.allowDevelopmentKeys ??
      environment.allowDevelopmentKeys ??
      settings.allowDevelopmentKeys ??
      DEFAULTS.allowDevelopmentKeys,
    cors: { origins: settings.origins ?? DEFAULTS.cors.origins },
    metrics: { open: settings.metricsOpen ?? DEFAULTS.metrics.open },
    web: environment.web ?? settings.web ?? DEFAULTS.web,
    responses: { keepDays: settings.responsesKeepDays ?? DEFAULTS.responses.keepDays },
    notes,
  }
}

async function lookNowhere(reason: 'told' | 'untold'): Promise<EngineSearch | undefined> {
  return reason === 'told' ? { found: [], places: ['no place'] } : undefined
}

/** The environment, with the upstream that was found where it says `auto`; else a note on what was found. */
async function discovered(
  written: EnvironmentSettings,
  hasFile: boolean,
  look: NonNullable<LoadOptions['look']>,
  problems: Problems,
  notes: string[],
): Promise<EnvironmentSettings> {
  const reason = reasonToLook(written, hasFile)
  if (reason === 'told' && written.discover === false) {
    problems.add('MOONBASE_UPSTREAM', `is ${AUTO}, and MOONBASE_DISCOVER keeps from looking; take one of them away`)
    return written
  }
  const search = reason === undefined ? undefined : await look(reason)
  if (search === undefined) return written
  if (reason === 'told') return withFound(written, search, problems, notes)
  const note = foundNote(search)
  if (note !== undefined) notes.push(note)
  return written
}

function checkArguments(given: StartArguments, problems: Problems) {
  const checked = <From, Value>(name: string, text: From | undefined, check: (text: From) => Checked<Value>) => {
    if (text === undefined) return undefined
    const outcome = check(text)
    if ('value' in outcome) return outcome.value
    problems.add(name, outcome.wrong)
    return undefined
  }
  if (given.config === '') problems.add('--config', 'must name a file')
  if (given.data === '') problems.add('--data', 'must name a folder')
  return {
    host: checked('--host', given.host, shown(checkHost)),
    port: checked('--port', given.port === undefined ? undefined : String(given.port), shown(checkPort)),
    logLevel: checked('--log-level', given.logLevel, oneOf(LOG_LEVELS)),
  }
}

interface FoundFile {
  readonly path: string
  /** As messages name it: what the operator wrote, or the bare name of one that was found. */
  readonly shown: string
  readonly found: boolean
  readonly text: string
}

async function findFile(
  named: string | undefined,
  cwd: string,
  readFile: ReadFile,
  problems: Problems,
): Promise<FoundFile | undefined> {
  const path = resolve(cwd, named ?? DEFAULT_FILE)
  const shownAs = named === undefined ? basename(path) : isAbsolute(named) ? named : relative(cwd, path)
  try {
    return { path, shown: shownAs, found: named === undefined, text: await readFile(path) }
  } catch (error) {
    const mayBeMissing = named === undefined && codeOf(error) === 'ENOENT'
    if (!mayBeMissing) problems.add(shownAs, `the configuration file ${whyUnreadable(error)}`)
    return undefined
  }
}
