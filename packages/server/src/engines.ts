/** Engines and models as the configuration names them. Beside this file, only an engine's own folder names it. */

import { type Scenario, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import { openaiCompatibleEngine, usualModelId } from '@moonbase/core/engines/openai-compatible'
import {
  CASSETTE_LIMITS,
  type Cassette,
  CassetteError,
  Recorder,
  type ReplayEngine,
  readCassette,
  replayEngine,
} from '@moonbase/core/engines/replay'
import type { Clock, Engine, TokenCounter } from '@moonbase/core/generation'
import type { Tokenizer } from '@moonbase/format'
import {
  type Configuration,
  type EngineConfiguration,
  type GgufConfiguration,
  type OfflineConfiguration,
  type OpenAiCompatibleConfiguration,
  type ReplayConfiguration,
  StartError,
  readScenarios,
} from './configuration/index.ts'
import { undiciTransport } from './http/undici-transport.ts'
import { describeImage } from './media/describe-image.ts'
import { openCassetteFile } from './recording/cassette-file.ts'
import { readLines } from './recording/read-lines.ts'
import { Recording } from './recording/recording.ts'
import { sha256 } from './recording/sha256.ts'

export interface EngineParts {
  readonly clock: Clock
  readonly counter: TokenCounter
  /** Of the model, exactly, where there is one: see `raw-prompt.ts` of the upstream engine. */
  readonly tokenizer?: Tokenizer
  /** Records every engine. */
  readonly recording?: Recording | undefined
}

/** One engine of the configuration, at each of its addresses. */
export interface OpenEngine {
  readonly replicas: readonly Engine[]
  /** It plays a script: its failures are meant for the client. */
  readonly scripted: boolean
  /** Catalogue ids of the only models that it can answer for, where that depends on more than the configuration. */
  readonly recorded?: ReadonlySet<string>
}

/** Engines by name. Throws a `StartError` for a scenario file that is none. */
export async function openEngines(
  configuration: Configuration,
  parts: EngineParts,
): Promise<ReadonlyMap<string, OpenEngine>> {
  const engines = new Map<string, OpenEngine>()
  for (const [name, described] of Object.entries(configuration.engines)) {
    const { recording } = parts
    const replicas = await openReplicas(name, described, configuration, parts)
    const recorded = replicas.find((replica) => replica.recorded !== undefined)?.recorded
    engines.set(name, {
      replicas: recording === undefined ? replicas : replicas.map((replica) => recording.record(replica)),
      scripted: described.type === 'offline' || described.type === 'replay',
      ...(recorded === undefined ? {} : { recorded }),
    })
  }
  return engines
}

/** A recording into a new file. `note` is told, once each, why something is not recorded. @throws StartError */
export async function openRecording(
  path: string,
  { engines }: Configuration,
  clock: Clock,
  note: (problem: string) => void,
): Promise<Recording> {
  const file = await openCassetteFile(path, note)
  const secrets = Object.values(engines).flatMap((engine) => ('key' in engine ? (engine.key ?? []) : []))
  return new Recording(file, new Recorder({ sink: file, clock, sha256, secrets, note }))
}

async function openReplicas(
  name: string,
  described: EngineConfiguration,
  configuration: Configuration,
  parts: EngineParts,
): Promise<readonly (Engine & Partial<Pick<ReplayEngine, 'recorded'>>)[]> {
  switch (described.type) {
    case 'offline':
      return [await openOffline(name, described, parts)]
    case 'openai-compatible':
      return described.urls.map((url, index) => {
        // Logs tell replicas apart; with one there is nothing to tell.
        const own = described.urls.length === 1 ? name : `${name}/${index + 1}`
        return openUpstream(own, url, upstreamIds(name, described, configuration), described, parts)
      })
    case 'gguf':
      return [await openGgufModel(name, described, parts)]
    case 'replay':
      return [await openReplay(name, described, parts)]
  }
}

async function openOffline(name: string, described: OfflineConfiguration, parts: EngineParts): Promise<Engine> {
  const scenarios: Scenario[] = []
  for (const { path, value } of await readScenarios(described.scenarios ?? [])) {
    try {
      scenarios.push(...parseScenarios(value))
    } catch (error) {
      throw new StartError(`${path}: ${error instanceof Error ? error.message : String(error)}`, error)
    }
  }
  const { tokensPerSecond } = described
  return offlineEngine({
    name,
    ...parts,
    describeImage,
    scenarios,
    ...(tokensPerSecond === undefined ? {} : { pace: { tokensPerSecond } }),
  })
}

const CASSETTE_BYTES = {
  // A character has three bytes at most.
  lineBytes: 3 * CASSETTE_LIMITS.lineCharacters,
  // Cassettes are held in memory.
  fileBytes: 512 * 1024 * 1024,
}

async function openReplay(
  name: string,
  { cassettes: paths, speed, match }: ReplayConfiguration,
  { clock }: EngineParts,
): Promise<ReplayEngine> {
  const cassettes: Cassette[] = []
  for (const path of paths) {
    try {
      cassettes.push(await readCassette(path, readLines(path, CASSETTE_BYTES), sha256))
    } catch (error) {
      if (error instanceof CassetteError) throw new StartError(error.problems, error)
      throw error
    }
  }
  const engine = await replayEngine({
    name,
    cassettes,
    clock,
    sha256,
    match,
    ...(speed === undefined ? {} : { speed }),
  })
  if (engine.recorded.size === 0)
    throw new StartError(`engine ${name}: no complete answer is recorded in ${paths.join(', ')}`)
  return engine
}

/** llama.cpp is loaded only for a server that has such an engine. */
async function openGgufModel(name: string, described: GgufConfiguration, { clock }: EngineParts) {
  const { GgufError, openGguf } = await import('./gguf/index.ts')
  try {
    return await openGguf({ name, clock, ...described })
  } catch (error) {
    if (error instanceof GgufError) throw new StartError(`engine ${name}: ${error.message}`, error)
    throw error
  }
}

function openUpstream(
  name: string,
  url: string,
  models: Readonly<Record<string, string>>,
  { key, flavour, model, headers, can, timeouts, connections }: OpenAiCompatibleConfiguration,
  { clock, tokenizer }: EngineParts,
): Engine {
  const transport = undiciTransport({
    connectTimeoutMs: timeouts.connectMs,
    ...(connections === undefined ? {} : { connections }),
  })
  const engine = openaiCompatibleEngine({
    name,
    url,
    flavour,
    transport,
    clock,
    timeouts: { headMs: timeouts.firstByteMs, silenceMs: timeouts.silenceMs },
    models,
    ...(key === undefined ? {} : { key }),
    ...(model === undefined ? {} : { model }),
    ...(headers === undefined ? {} : { headers }),
    ...(can === undefined ? {} : { can }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
  })
  return {
    name: engine.name,
    can: engine.can,
    usage: engine.usage,
    generate: (request, signal) => engine.generate(request, signal),
    health: (signal) => engine.health(signal),
    async close() {
      await engine.close()
      await transport.close()
    },
  }
}

/** The upstream's own ids, by the id that the client asked for; a stand-in is asked for by its own. */
function upstreamIds(
  engine: string,
  { models: named = {}, model, flavour }: OpenAiCompatibleConfiguration,
  { models }: Configuration,
): Record<string, string> {
  const ids: Record<string, string> = { ...named }
  for (const [id, { engines, standIn }] of Object.entries(models)) {
    if (standIn === undefined || !engines.includes(engine) || ids[id] !== undefined) continue
    ids[id] = named[standIn] ?? model ?? usualModelId(flavour, standIn)
  }
  return ids
}
