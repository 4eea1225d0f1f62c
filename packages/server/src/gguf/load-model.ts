/** Starts llama.cpp and loads a model into it, after asking whether there is room for it. */

import type {
  GgufInsights,
  GgufInsightsResourceRequirements,
  Llama,
  LlamaContext,
  LlamaContextSequence,
  LlamaGpuType,
  LlamaModel,
} from 'node-llama-cpp'
import { GgufError } from './gguf-error.ts'
import type { GgufFile } from './read-gguf.ts'

type Library = typeof import('node-llama-cpp')

/** `auto` takes the best binary that is installed, `off` the processor. */
export type GgufGpu = 'auto' | 'off' | 'cuda' | 'vulkan' | 'metal'

export interface LoadOptions {
  readonly gpu: GgufGpu
  /** Tokens of a prompt and its answer. */
  readonly context: number
  /** Generations at a time; each has a context of its own. */
  readonly sequences: number
  /** Threads of the processor; the cores that are good for it when not given. */
  readonly threads?: number
  /** Bytes that are free for weights and context; without it nothing is checked, and the system may page. */
  readonly availableBytes?: () => number
  /** Lines of llama.cpp's own log. */
  readonly onLog?: (level: 'warn' | 'error', line: string) => void
}

export interface LoadedModel {
  readonly library: Library
  readonly llama: Llama
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly sequences: readonly LlamaContextSequence[]
  dispose(): Promise<void>
}

/** Rejects with a `GgufError` of the kinds `runtime`, `memory` and `broken`, and leaves nothing behind then. */
export async function loadModel(file: GgufFile, options: LoadOptions): Promise<LoadedModel> {
  const library = await import('node-llama-cpp')
  const log = new LastErrors(options.onLog)
  const llama = await startLlama(library, options, log)
  try {
    await checkMemory(library, llama, file, options)
    const model = await orBroken(file, log, () =>
      llama.loadModel({ modelPath: file.path, ignoreMemorySafetyChecks: true }),
    )
    const context = await orBroken(file, log, () =>
      model.createContext({
        contextSize: options.context,
        sequences: options.sequences,
        failedCreationRemedy: false,
        ignoreMemorySafetyChecks: true,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
      }),
    )
    const sequences = Array.from({ length: options.sequences }, () => context.getSequence())
    return { library, llama, model, context, sequences, dispose: () => llama.dispose() }
  } catch (error) {
    await llama.dispose()
    throw error
  }
}

async function startLlama(library: Library, { gpu, threads }: LoadOptions, log: LastErrors): Promise<Llama> {
  const wanted: LlamaGpuType | 'auto' = gpu === 'off' ? false : gpu
  const llama = await orRuntime(gpu, () =>
    library.getLlama({
      gpu: wanted,
      // Binaries come from npm. Nothing is compiled or fetched behind the operator's back.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: library.LlamaLogLevel.warn,
      logger: (level, line) => log.add(level, line.trim()),
      ...(threads === undefined ? {} : { maxThreads: threads }),
    }),
  )
  if (wanted !== 'auto' && llama.gpu !== wanted) {
    // The library falls back in silence; a thousand times slower is not what was asked for.
    await llama.dispose()
    throw noRuntime(gpu, `it found no ${gpu} binary that works here`)
  }
  // The library takes four threads where there are fewer cores, and threads that wait for each other then eat the machine.
  if (threads === undefined && llama.gpu === false) llama.maxThreads = Math.max(1, llama.cpuMathCores)
  return llama
}

async function orRuntime<Result>(gpu: GgufGpu, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw noRuntime(gpu, error instanceof Error ? error.message : String(error), error)
  }
}

function noRuntime(gpu: GgufGpu, why: string, cause?: unknown): GgufError {
  const hint = gpu === 'auto' || gpu === 'off' ? '' : '. Its binary is a package of its own: see docs/gguf.md'
  return new GgufError('runtime', `llama.cpp does not start (gpu: ${gpu}): ${why}${hint}`, cause)
}

async function checkMemory(library: Library, llama: Llama, file: GgufFile, options: LoadOptions): Promise<void> {
  if (options.availableBytes === undefined) return
  const insights = await library.GgufInsights.from(file.info, llama)
  const context = await estimateContext(insights, llama, options)
  const { free: vram } = await llama.getVramState()
  const free = options.availableBytes() + vram
  const needed = file.bytes + context.cpuRam + context.gpuVram
  if (needed <= free) return
  const { sequences, context: tokens } = options
  throw new GgufError(
    'memory',
    `${file.path} needs about ${gigabytes(needed)} of memory (weights ${gigabytes(file.bytes)}, ${sequences} × ${tokens} ` +
      `tokens of context ${gigabytes(needed - file.bytes)}), and ${gigabytes(free)} are free. Take a smaller ` +
      'quantisation, a smaller context or fewer sequences; or turn the check off, and the weights are read from disk as needed',
  )
}

async function estimateContext(
  insights: GgufInsights,
  llama: Llama,
  { context, sequences }: LoadOptions,
): Promise<GgufInsightsResourceRequirements> {
  return insights.estimateContextResourceRequirementsV2({
    contextSize: context,
    sequences,
    modelGpuLayers: llama.gpu === false ? 0 : insights.totalLayers,
    batchSize: Math.min(context, DEFAULT_BATCH),
  })
}

const DEFAULT_BATCH = 512

async function orBroken<Result>(file: GgufFile, log: LastErrors, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const said = log.lines.length === 0 ? String(error) : log.lines.join('; ')
    throw new GgufError('broken', `llama.cpp cannot load ${file.path}: ${said}`, error)
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`
}

/** llama.cpp throws without a word and says why in its log. */
class LastErrors {
  readonly lines: string[] = []
  readonly #onLog: LoadOptions['onLog']

  constructor(onLog: LoadOptions['onLog']) {
    this.#onLog = onLog
  }

  add(level: string, line: string): void {
    const kind = level === 'error' || level === 'fatal' ? 'error' : 'warn'
    this.#onLog?.(kind, line)
    if (kind === 'warn' || line === '') return
    this.lines.push(line)
    if (this.lines.length > MOST_LINES) this.lines.shift()
  }
}

const MOST_LINES = 3
