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
import type { Problems } from './problems.ts'

/** The model this server is about, and the one that took its place at its maker's. */
const OURS = 'kimi-k2.5'
const SUCCESSOR = 'kimi-k2.6'

const HOSTED_URL = 'https://api.moonshot.ai/v1'

type Engines = Readonly<Record<string, EngineConfiguration>>

/** Paths that the environment names, made absolute. */
interface EnvironmentPaths {
  readonly scenarios: readonly string[] | undefined
  readonly model: string | undefined
}

/** The name of the engine that the environment chooses; a file without `engines` may use it in its `models`. */
export function environmentEngineName(environment: EnvironmentSettings): string {
  if (environment.upstream !== undefined) return 'upstream'
  if (environment.model !== undefined) return 'local'
  return environment.moonshotKey === undefined || environment.scenarios !== undefined ? 'offline' : 'moonshot'
}

/**
 * With `engines` in the file those; else the one that the environment chooses.
 *
 * @param variables names that the file reads with `${…}`: using one there is no second choice of an engine.
 * @param paths what the environment names: scenario files and a GGUF file, as absolute paths.
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
  { scenarios, model: ggufPath }: EnvironmentPaths,
  problems: Problems,
  notes: string[],
): Engines {
  const name = environmentEngineName(environment)
  if (environment.strayUpstream !== undefined) {
    problems.add(environment.strayUpstream, 'is set, but MOONBASE_UPSTREAM, the address it belongs to, is not')
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
    const { urls, flavour, key, model } = environment.upstream
    return {
      [name]: openAiCompatible({
        urls,
        flavour,
        ...(key !== undefined && { key }),
        ...(model !== undefined && { model }),
      }),
    }
  }
  if (ggufPath !== undefined) {
    if (scenarios !== undefined) {
      problems.add('MOONBASE_SCENARIOS', 'is for the offline engine, and MOONBASE_MODEL chooses another')
    }
    if (environment.moonshotKey !== undefined) {
      notes.push('MOONBASE_MODEL is set: this machine answers, and MOONSHOT_API_KEY is not used')
    }
    return { [name]: { type: 'gguf', path: ggufPath, ...DEFAULTS.gguf } }
  }
  if (name === 'moonshot' && environment.moonshotKey !== undefined) {
    notes.push(`MOONSHOT_API_KEY is set: requests go to the hosted platform at ${HOSTED_URL} and are paid there`)
    return { [name]: openAiCompatible({ urls: [HOSTED_URL], flavour: 'moonshot', key: environment.moonshotKey }) }
  }
  if (environment.moonshotKey !== undefined) {
    notes.push('MOONBASE_SCENARIOS is set: the offline engine answers, and MOONSHOT_API_KEY is not used')
  }
  for (const host of environment.otherHosts) {
    notes.push(`${host} is set, but this version has no engine for that host: the offline engine answers`)
  }
  return { [name]: { type: 'offline', ...(scenarios !== undefined && { scenarios }) } }
}

function openAiCompatible(
  engine: Omit<OpenAiCompatibleConfiguration, 'type' | 'timeouts' | 'balance'>,
): OpenAiCompatibleConfiguration {
  return { type: 'openai-compatible', balance: DEFAULTS.balance, ...engine, timeouts: DEFAULTS.timeouts }
}

/**
 * What the only engine serves when the file has no `models`: the offline engine plays every model; the hosted platform
 * has those that were not switched off, and its K2.6 stands in for K2.5; any other server has the models whose ids it
 * was given, or K2.5; a GGUF file is K2.5.
 */
export function defaultModels(engines: Engines): Readonly<Record<string, ModelConfiguration>> {
  const [name, engine] = Object.entries(engines)[0] ?? []
  if (name === undefined || engine === undefined) return {}
  const { continuation } = DEFAULTS
  const served = (ids: readonly string[]) =>
    Object.fromEntries(ids.map((id) => [id, { engines: [name], continuation }]))
  if (engine.type === 'offline') return served(MODELS.map((model) => model.id))
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
