/** Engines and models as the configuration names them. Beside this file, only an engine's own folder names it. */

import { type Scenario, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import { openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import type { Clock, Engine, TokenCounter } from '@moonbase/core/generation'
import {
  type Configuration,
  type EngineConfiguration,
  type GgufConfiguration,
  type OfflineConfiguration,
  type OpenAiCompatibleConfiguration,
  StartError,
  readScenarios,
} from './configuration/index.ts'
import { undiciTransport } from './http/undici-transport.ts'
import { describeImage } from './media/describe-image.ts'

export interface EngineParts {
  readonly clock: Clock
  readonly counter: TokenCounter
}

/** One engine of the configuration, at each of its addresses. */
export interface OpenEngine {
  readonly replicas: readonly Engine[]
  /** It plays a script: its failures are meant for the client. */
  readonly scripted: boolean
}

/** Engines by name. Throws a `StartError` for a scenario file that is none. */
export async function openEngines(
  configuration: Configuration,
  parts: EngineParts,
): Promise<ReadonlyMap<string, OpenEngine>> {
  const engines = new Map<string, OpenEngine>()
  for (const [name, described] of Object.entries(configuration.engines)) {
    engines.set(name, {
      replicas: await openReplicas(name, described, configuration, parts),
      scripted: described.type === 'offline',
    })
  }
  return engines
}

async function openReplicas(
  name: string,
  described: EngineConfiguration,
  configuration: Configuration,
  parts: EngineParts,
): Promise<readonly Engine[]> {
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

/** llama.cpp is loaded only for a server that has such an engine. */
async function openGgufModel(name: string, { type: _, ...described }: GgufConfiguration, { clock }: EngineParts) {
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
  { key, flavour, model, timeouts, connections }: OpenAiCompatibleConfiguration,
  { clock }: EngineParts,
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
  { models: named = {}, model }: OpenAiCompatibleConfiguration,
  { models }: Configuration,
): Record<string, string> {
  const ids: Record<string, string> = { ...named }
  for (const [id, { engines, standIn }] of Object.entries(models)) {
    if (standIn === undefined || !engines.includes(engine) || ids[id] !== undefined) continue
    ids[id] = named[standIn] ?? model ?? standIn
  }
  return ids
}
