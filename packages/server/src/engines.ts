/** Engines and models as the configuration names them. Beside this file, only an engine's own folder names it. */

import { readFile } from 'node:fs/promises'
import type { Clock, Engine, TokenCounter } from '@moonbase/core/generation'
import { type Scenario, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import { openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import { type ModelRoute, ModelTable } from '@moonbase/core/routing'
import { findModel } from '@moonbase/protocol'
import { parse } from 'yaml'
import {
  type Configuration,
  type EngineConfiguration,
  type OfflineConfiguration,
  StartError,
} from './configuration/index.ts'
import { undiciTransport } from './http/undici-transport.ts'
import { describeImage } from './media/describe-image.ts'

export interface EngineParts {
  readonly clock: Clock
  readonly counter: TokenCounter
}

export async function openEngines(
  configuration: Configuration,
  parts: EngineParts,
): Promise<ReadonlyMap<string, Engine>> {
  const engines = new Map<string, Engine>()
  for (const [name, described] of Object.entries(configuration.engines)) {
    engines.set(name, await openEngine(name, described, parts))
  }
  return engines
}
