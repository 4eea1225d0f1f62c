/** Engines that were found running on this machine: what is said of them, and how a start uses one. */

import type { Flavour } from './configuration.ts'
import type { EnvironmentSettings } from './environment-settings.ts'
import type { Problems } from './problems.ts'

export interface FoundEngine {
  /** As people call it: `vLLM`. */
  readonly name: string
  readonly flavour: Flavour
  /** Its base address, below which `/chat/completions` is. */
  readonly url: string
  /** The ids of its models, in its order; none where it does not tell them without a key. */
  readonly models: readonly string[]
}

export interface EngineSearch {
  readonly found: readonly FoundEngine[]
  /** Where was looked, as messages say it: `127.0.0.1:8000 (vLLM)`. */
  readonly places: readonly string[]
}

/** The model that an engine is wanted for. */
const OURS = 'kimi-k2.5'

/** `MOONBASE_UPSTREAM=auto` */
export const AUTO = 'auto'

/** Why a start looks for engines: it was told to use one, or nobody told it anything. */
export function reasonToLook(environment: EnvironmentSettings, hasFile: boolean): 'told' | 'untold' | undefined {
  const { upstream, model, scenarios, cassettes, strayUpstream } = environment
  if (upstream !== undefined) return upstream.urls === AUTO ? 'told' : undefined
  if (hasFile || environment.discover === false) return undefined
  const { moonshotKey, cloudflare, oxenKey } = environment
  const choices = [model, scenarios, cassettes, strayUpstream, moonshotKey, cloudflare, oxenKey]
  return choices.every((choice) => choice === undefined) ? 'untold' : undefined
}

/** The environment as it would be if somebody had written the best of the engines found into it. */
export function withFound(
  environment: EnvironmentSettings,
  { found, places }: EngineSearch,
  problems: Problems,
  notes: string[],
): EnvironmentSettings {
  const { upstream } = environment
  if (upstream === undefined) return environment
  const [best, ...others] = ranked(found, upstream.model)
  if (best === undefined) {
    problems.add(
      'MOONBASE_UPSTREAM',
      `is ${AUTO}, and no engine answers at ${places.join(', ')}; start one, or name its address`,
    )
    return environment
  }
  const model = upstream.model ?? modelOf(best)
  const isOther = upstream.model === undefined && model !== undefined && !isKimi(model)
  if (isOther) notes.push(`${shownId(model)} is no Kimi: it answers for ${OURS}, for want of another`)
  if (best.models.length === 0 && upstream.key === undefined) {
    notes.push(`${best.name} at ${best.url} wants a key: MOONBASE_UPSTREAM_KEY`)
  }
  if (others.length > 0)
    notes.push(`not used: ${others.map(described).join(', ')}; MOONBASE_UPSTREAM chooses by address`)
  return {
    ...environment,
    upstream: {
      ...upstream,
      urls: [best.url],
      flavour: upstream.flavour ?? best.flavour,
      model,
      // A prompt that is rendered here is one of Kimi's, and means nothing to another family.
      ...(isOther && { can: { resumes: { reasoning: false, toolCalls: false } } }),
    },
  }
}

/** One line about what is there and how it is used; none where nothing is. */
export function foundNote({ found }: EngineSearch): string | undefined {
  const engines = ranked(found, undefined)
  if (engines.length === 0) return undefined
  const named = engines.slice(0, MOST_NAMED).map(described)
  const all = engines.length > MOST_NAMED ? [...named, `${engines.length - MOST_NAMED} more`] : named
  const list = all.length === 1 ? `${all[0]} runs` : `${all.slice(0, -1).join(', ')} and ${all.at(-1)} run`
  const one = all.length === 1 ? 'it' : 'the first'
  return `${list} on this machine and ${all.length === 1 ? 'is' : 'are'} not used; start with MOONBASE_UPSTREAM=${AUTO} to use ${one}`
}

const MOST_NAMED = 3

/** Those with the wanted model first, else those with a Kimi; otherwise in the order of the places. */
function ranked(found: readonly FoundEngine[], wanted: string | undefined): readonly FoundEngine[] {
  const rank = (engine: FoundEngine): number => {
    if (wanted !== undefined) return engine.models.includes(wanted) ? 0 : 1
    const model = modelOf(engine)
    return model === undefined ? 2 : isOurs(model) ? 0 : isKimi(model) ? 1 : 3
  }
  return found.toSorted((one, other) => rank(one) - rank(other))
}

/** Its K2.5, else another Kimi, else the first model that writes. */
function modelOf({ models }: FoundEngine): string | undefined {
  return models.find(isOurs) ?? models.find(isKimi) ?? models.find((id) => !/embed|rerank/i.test(id)) ?? models[0]
}

const isOurs = (id: string): boolean => /kimi[-_. ]?k2[-_.]?5/i.test(id)
const isKimi = (id: string): boolean => /kimi/i.test(id)

function described(engine: FoundEngine): string {
  const model = modelOf(engine)
  return `${engine.name} at ${engine.url}${model === undefined ? '' : ` (${shownId(model)})`}`
}

const SHOWN_CHARACTERS = 60

/** llama-server's id may be the path of a file. */
function shownId(id: string): string {
  const name = id.slice(id.lastIndexOf('/', id.length - 2) + 1)
  const short = id.length <= SHOWN_CHARACTERS ? id : name
  return short.length <= SHOWN_CHARACTERS ? short : `${short.slice(0, SHOWN_CHARACTERS - 1)}…`
}
