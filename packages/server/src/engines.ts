/** Engines and models as the configuration names them. Beside this file, only an engine's own folder names it. */

import { type Scenario, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import { openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import type { Clock, Engine, TokenCounter } from '@moonbase/core/generation'
import { type ModelRoute, ModelTable } from '@moonbase/core/routing'
import { findModel } from '@moonbase/protocol'
import {
  type Configuration,
  type EngineConfiguration,
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

/** Engines by name. Throws a `StartError` for a scenario file that is none. */
export async function openEngines(
  configuration: Configuration,
  parts: EngineParts,
): Promise<ReadonlyMap<string, Engine>> {
  const engines = new Map<string, Engine>()
  for (const [name, described] of Object.entries(configuration.engines)) {
    engines.set(name, await openEngine(name, described, configuration, parts))
  }
  return engines
}

/** The models that these engines serve, in the order of the configuration. */
export function openModels(configuration: Configuration, engines: ReadonlyMap<string, Engine>): ModelTable {
  const routes: ModelRoute[] = []
  for (const [id, { engines: names }] of Object.entries(configuration.models)) {
    const model = findModel(id)
    const engine = engines.get(names[0] ?? '')
    if (model !== undefined && engine !== undefined) routes.push({ model, engine })
  }
  return new ModelTable(routes)
}

function openEngine(
  name: string,
  described: EngineConfiguration,
  configuration: Configuration,
  parts: EngineParts,
): Promise<Engine> | Engine {
  switch (described.type) {
    case 'offline':
      return openOffline(name, described, parts)
    case 'openai-compatible':
      return openUpstream(name, described, configuration, parts)
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

function openUpstream(
  name: string,
  described: OpenAiCompatibleConfiguration,
  configuration: Configuration,
  { clock }: EngineParts,
): Engine {
  const { url, key, flavour, model, timeouts, connections } = described
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
    models: upstreamIds(name, described, configuration),
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
