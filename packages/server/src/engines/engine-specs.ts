/** Engines and models as the configuration names them. Beside this file, only an engine's own folder names it. */

import { type Scenario, offlineEngine, parseScenarios } from '@moonbase/core/engines/offline'
import {
  LearnedTemplate,
  openaiCompatibleEngine,
  rawPrompts,
  usualModelId,
} from '@moonbase/core/engines/openai-compatible'
import {
  CASSETTE_LIMITS,
  type Cassette,
  CassetteError,
  Recorder,
  type ReplayEngine,
  readCassette,
  replayEngine,
} from '@moonbase/core/engines/replay'
import {
  type Clock,
  type Engine,
  answerRepair,
  type AnswerRepairKind,
  type TokenCounter,
} from '@moonbase/core/generation'
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
} from '../configuration/index.ts'
import { fileMarks } from './file-marks.ts'
import { httpTransport } from '../http/upstream/http-transport.ts'
import { describeImage } from '../media/describe-image.ts'
import { openCassetteFile } from '../recording/cassette-file.ts'
import { readLines } from '../recording/read-lines.ts'
import { Recording } from '../recording/recording.ts'
import { sha256 } from '../recording/sha256.ts'

type OnRepair = (kind: AnswerRepairKind) => void

export interface EngineParts {
  readonly clock: Clock
  readonly counter: TokenCounter
  /** Of the model, exactly, where there is one: see `raw-prompt.ts` of the upstream engine. */
  readonly tokenizer?: Tokenizer
  /** Records every engine. */
  readonly recording?: Recording | undefined
  /** The keys of all engines that were ever opened: they are added here. */
  readonly secrets: string[]
  /** Counts what the engine of this name had to mend. */
  readonly onRepair: (engine: string) => OnRepair
  /** Told when the process has no descriptor for a connection to an engine. */
  readonly onNoDescriptor?: () => void
}

/** An engine of the configuration before it is opened: at as many places as it has replicas. */
export interface EngineSpec {
  /** Where its replicas are: base addresses, or the one place in this process. Never empty. */
  readonly places: readonly string[]
  /** Differs from another one's where the engine has to be opened anew, at whatever places. Holds secrets. */
  readonly identity: string
  /** It plays a script: its failures are meant for the client. */
  readonly scripted: boolean
  /** Its replicas keep what they have read: a request finds one by the beginning of its prompt. */
  readonly byPrefix: boolean
  /** It may be asked before what it is asked for is held on the disk. */
  readonly askAhead: boolean
  /** Opens one replica, under its name in logs. @throws StartError */
  open(name: string, place: string): Promise<OpenEngine>
}

export type OpenEngine = Engine & {
  /** Catalogue ids of the only models that it can answer for, where that depends on more than the configuration. */
  readonly recorded?: ReadonlySet<string>
}

/** By name. Files that engines read are looked at, so that another content makes another engine. */
export async function engineSpecs(
  configuration: Configuration,
  parts: EngineParts,
): Promise<ReadonlyMap<string, EngineSpec>> {
  const specs = new Map<string, EngineSpec>()
  for (const [name, described] of Object.entries(configuration.engines)) {
    specs.set(name, await specOf(name, described, configuration, parts))
  }
  return specs
}

/** A recording into a new file. `note` is told, once each, why something is not recorded. @throws StartError */
export async function openRecording(
  path: string,
  secrets: readonly string[],
  clock: Clock,
  note: (problem: string) => void,
): Promise<Recording> {
  const file = await openCassetteFile(path, note)
  return new Recording(file, new Recorder({ sink: file, clock, sha256, secrets, note }))
}

async function specOf(
  name: string,
  described: EngineConfiguration,
  configuration: Configuration,
  parts: EngineParts,
): Promise<EngineSpec> {
  const recorded = (engine: OpenEngine): OpenEngine => parts.recording?.record(engine) ?? engine
  const here = { places: ['this process'], byPrefix: false, askAhead: true }
  const identityOf = async (files: readonly string[]): Promise<string> =>
    JSON.stringify([described, await fileMarks(files)])
  switch (described.type) {
    case 'offline':
      return {
        ...here,
        identity: await identityOf(described.scenarios ?? []),
        scripted: true,
        open: async (own) => recorded(await openOffline(own, described, parts)),
      }
    case 'openai-compatible': {
      const { urls, balance, askAhead = described.key === undefined, ...rest } = described
      const ids = upstreamIds(name, described, configuration)
      const onRepair = parts.onRepair(name)
      return {
        places: urls,
        identity: JSON.stringify([rest, ids]),
        scripted: false,
        byPrefix: balance === 'prefix',
        askAhead,
        open: async (own, url) => {
          const { key } = described
          if (key !== undefined && !parts.secrets.includes(key)) parts.secrets.push(key)
          return recorded(openUpstream(own, url, ids, described, onRepair, parts))
        },
      }
    }
    case 'gguf':
      return {
        ...here,
        identity: await identityOf([described.path]),
        scripted: false,
        open: async (own) => recorded(await openGgufModel(own, described, parts)),
      }
    case 'replay':
      return {
        ...here,
        identity: await identityOf(described.cassettes),
        scripted: true,
        open: async (own) => recorded(await openReplay(own, described, parts)),
      }
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
async function openGgufModel(name: string, described: GgufConfiguration, { clock, onRepair }: EngineParts) {
  const { GgufError, openGguf } = await import('../gguf/index.ts')
  try {
    return await openGguf({ name, clock, onRepair: onRepair(name), ...described })
  } catch (error) {
    if (error instanceof GgufError) throw new StartError(`engine ${name}: ${error.message}`, error)
    throw error
  }
}

function openUpstream(
  name: string,
  url: string,
  models: Readonly<Record<string, string>>,
  { key, flavour, model, headers, can, maxOutput, timeouts, connections }: OpenAiCompatibleConfiguration,
  onRepair: OnRepair,
  { clock, tokenizer, onNoDescriptor }: EngineParts,
): Engine {
  const transport = httpTransport({
    connectTimeoutMs: timeouts.connectMs,
    ...(onNoDescriptor === undefined ? {} : { onNoDescriptor }),
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
    rawPrompts: rawPrompts(tokenizer),
    quickChunks: () => new LearnedTemplate(),
    repairs: (options) => answerRepair(options),
    onRepair,
    ...(key === undefined ? {} : { key }),
    ...(model === undefined ? {} : { model }),
    ...(headers === undefined ? {} : { headers }),
    ...(can === undefined ? {} : { can }),
    ...(maxOutput === undefined ? {} : { maxOutput }),
  })
  return {
    ...engine,
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
