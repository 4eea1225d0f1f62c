/** Which engines there are and which models they serve, when a file does not say all of it. */

import { MODELS, findModel } from '@moonbase/protocol'
import { isHostedMoonshot, lacksPath } from './addresses.ts'
import {
  DEFAULTS,
  type EngineConfiguration,
  type ModelConfiguration,
  type OpenAiCompatibleConfiguration,
} from './configuration.ts'
import type { EnvironmentSettings } from './environment-settings.ts'
import type { FileSettings } from './file-settings.ts'
import { hostsOf, noteOn } from './host-keys.ts'
import type { Problems } from './problems.ts'

/** The model this server is about, and the one that took its place at its maker's. */
const OURS = 'kimi-k2.5'
const SUCCESSOR = 'kimi-k2.6'

type Engines = Readonly<Record<string, EngineConfiguration>>

/** Paths that the environment names, made absolute. */
interface EnvironmentPaths {
  readonly scenarios: readonly string[] | undefined
  readonly model: string | undefined
  readonly cassettes: readonly string[] | undefined
}

/** The name of the engine that the environment chooses; a file without `engines` may use it in its `models`. */
export function environmentEngineName(environment: EnvironmentSettings): string {
  if (environment.upstream !== undefined) return 'upstream'
  if (environment.model !== undefined) return 'local'
  if (environment.cassettes !== undefined) return 'replay'
  return (environment.scenarios === undefined ? hostsOf(environment)[0]?.name : undefined) ?? 'offline'
}

export function isNothingChosen(file: FileSettings, environment: EnvironmentSettings): boolean {
  return (
    file.engines === undefined &&
    environment.scenarios === undefined &&
    environmentEngineName(environment) === 'offline'
  )
}

/**
 * With `engines` in the file those; else the one that the environment chooses.
 *
 * @param variables names that the file reads with `${…}`: using one there is no second choice of an engine.
 * @param paths what the environment names: scenario files, a GGUF file and cassettes, as absolute paths.
 */
export function chooseEngines(
  file: FileSettings,
  variables: ReadonlySet<string>,
  environment: EnvironmentSettings,
  paths: EnvironmentPaths,
  problems: Problems,
  notes: string[],
): Engines {
  if (file.engines === undefined) return fromEnvironment(environment, paths, problems, notes)
  const { scenarios } = paths
  if (environment.upstream !== undefined && !variables.has('MOONBASE_UPSTREAM')) {
    problems.add(
      'MOONBASE_UPSTREAM',
      'chooses an engine, and so does "engines" in the file; take one of them away (the file may read it as ${MOONBASE_UPSTREAM})',
    )
  }
  if (paths.model !== undefined && !variables.has('MOONBASE_MODEL')) {
    problems.add(
      'MOONBASE_MODEL',
      'chooses an engine, and so does "engines" in the file; take one of them away (the file may read it as ${MOONBASE_MODEL})',
    )
  }
  if (paths.cassettes !== undefined && !variables.has('MOONBASE_CASSETTES')) {
    problems.add(
      'MOONBASE_CASSETTES',
      'chooses an engine, and so does "engines" in the file; take one of them away (the file may read it as ${MOONBASE_CASSETTES})',
    )
  }
  if (scenarios === undefined || variables.has('MOONBASE_SCENARIOS')) return file.engines
  const engines = Object.entries(file.engines)
  if (!engines.some(([, engine]) => engine.type === 'offline')) {
    problems.add('MOONBASE_SCENARIOS', 'is for the offline engine, and the file has none')
  }
  return Object.fromEntries(
    engines.map(([name, engine]) => [name, engine.type === 'offline' ? { ...engine, scenarios } : engine]),
  )
}

function fromEnvironment(
  environment: EnvironmentSettings,
  { scenarios, model: ggufPath, cassettes }: EnvironmentPaths,
  problems: Problems,
  notes: string[],
): Engines {
  const name = environmentEngineName(environment)
  const hosts = hostsOf(environment)
  if (environment.strayCloudflare !== undefined) {
    const { present, missing } = environment.strayCloudflare
    notes.push(`${present} is set without ${missing}, and chooses nothing`)
  }
  if (environment.strayUpstream !== undefined) {
    problems.add(environment.strayUpstream, 'is set, but MOONBASE_UPSTREAM, the address it belongs to, is not')
  }
  if (cassettes !== undefined) {
    const other = choosesBeside(environment)
    if (other !== undefined) {
      problems.add('MOONBASE_CASSETTES', `is for the replay engine, and ${other} chooses another; take one away`)
    }
  }
  if (environment.upstream !== undefined) {
    if (scenarios !== undefined) {
      problems.add('MOONBASE_SCENARIOS', 'is for the offline engine, and MOONBASE_UPSTREAM chooses another')
    }
    if (ggufPath !== undefined) {
      problems.add(
        'MOONBASE_MODEL',
        'is a model for this machine, and MOONBASE_UPSTREAM chooses another; take one away',
      )
    }
    const { urls, flavour = DEFAULTS.flavour, key, model, can } = environment.upstream
    // Nothing was found, and that is among the problems.
    if (typeof urls === 'string') return {}
    return {
      [name]: openAiCompatible({
        urls,
        flavour,
        ...(key !== undefined && { key }),
        ...(model !== undefined && { model }),
        ...(can !== undefined && { can }),
      }),
    }
  }
  if (ggufPath !== undefined) {
    if (scenarios !== undefined) {
      problems.add('MOONBASE_SCENARIOS', 'is for the offline engine, and MOONBASE_MODEL chooses another')
    }
    for (const { variable } of hosts)
      notes.push(`MOONBASE_MODEL is set: this machine answers, and ${variable} is not used`)
    return { [name]: { type: 'gguf', path: ggufPath, ...DEFAULTS.gguf } }
  }
  if (cassettes !== undefined) {
    for (const { variable } of hosts) {
      notes.push(`MOONBASE_CASSETTES is set: what is recorded there is replayed, and ${variable} is not used`)
    }
    return { [name]: { type: 'replay', cassettes, ...DEFAULTS.replay } }
  }
  const [host, ...others] = hosts
  if (host !== undefined && scenarios === undefined) {
    notes.push(noteOn(host))
    for (const { variable } of others) notes.push(`${host.variable} comes before ${variable}, which is not used`)
    return { [name]: openAiCompatible({ urls: [host.url], flavour: host.flavour, key: host.key }) }
  }
  for (const { variable } of hosts) {
    notes.push(`MOONBASE_SCENARIOS is set: the offline engine answers, and ${variable} is not used`)
  }
  return { [name]: { type: 'offline', ...(scenarios !== undefined && { scenarios }) } }
}

/** The variable that chooses another engine than the cassettes would. */
function choosesBeside({ upstream, model, scenarios }: EnvironmentSettings): string | undefined {
  if (upstream !== undefined) return 'MOONBASE_UPSTREAM'
  if (model !== undefined) return 'MOONBASE_MODEL'
  return scenarios === undefined ? undefined : 'MOONBASE_SCENARIOS'
}

function openAiCompatible(
  engine: Omit<OpenAiCompatibleConfiguration, 'type' | 'timeouts' | 'balance'>,
): OpenAiCompatibleConfiguration {
  return { type: 'openai-compatible', balance: DEFAULTS.balance, ...engine, timeouts: DEFAULTS.timeouts }
}

/**
 * What the only engine serves when the file has no `models`: the offline engine plays every model; the hosted platform
 * has those that were not switched off, and its K2.6 stands in for K2.5; any other server has the models whose ids it
 * was given, or K2.5; a GGUF file is K2.5. Of all models, the replay engine turns out to have those that are recorded.
 */
export function defaultModels(engines: Engines): Readonly<Record<string, ModelConfiguration>> {
  const [name, engine] = Object.entries(engines)[0] ?? []
  if (name === undefined || engine === undefined) return {}
  const { continuation } = DEFAULTS
  const served = (ids: readonly string[]) =>
    Object.fromEntries(ids.map((id) => [id, { engines: [name], continuation }]))
  if (engine.type === 'offline' || engine.type === 'replay') return served(MODELS.map((model) => model.id))
  if (engine.type === 'gguf') return served([OURS])
  if (engine.flavour === 'moonshot' && engine.urls.every(isHostedMoonshot)) {
    const running = MODELS.filter((model) => model.retired === null).map((model) => model.id)
    return { [OURS]: { engines: [name], continuation, standIn: SUCCESSOR }, ...served(running) }
  }
  const ids = Object.keys(engine.models ?? {})
  return served(ids.length === 0 ? [OURS] : ids)
}

/** What is allowed, but seldom meant. */
export function oddities(engines: Engines, models: Readonly<Record<string, ModelConfiguration>>): string[] {
  const notes: string[] = []
  const used = new Set(Object.values(models).flatMap((model) => model.engines))
  for (const [name, engine] of Object.entries(engines)) {
    if (!used.has(name)) notes.push(`no model uses the engine ${name}`)
    if (engine.type === 'openai-compatible' && engine.urls.some(lacksPath)) {
      notes.push(`the address of the engine ${name} has no path; most servers of its kind answer below /v1`)
    }
  }
  for (const [id, { engines: names, standIn }] of Object.entries(models)) {
    const engine = engines[names[0] ?? '']
    if (engine?.type !== 'openai-compatible' || !engine.urls.every(isHostedMoonshot)) continue
    if ((engine.models?.[id] ?? engine.models?.[standIn ?? id] ?? engine.model) !== undefined) continue
    const retired = findModel(standIn ?? id)?.retired
    if (retired !== null && retired !== undefined) {
      notes.push(
        `${standIn ?? id} is off at the hosted platform since ${retired}; name a stand_in such as ${SUCCESSOR}`,
      )
    }
  }
  return notes
}
