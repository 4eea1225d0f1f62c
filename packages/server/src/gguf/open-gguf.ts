/** Opens a GGUF file as an engine: reads it, asks whether it can be served, loads it, and checks what it loaded. */

import { availableMemory } from 'node:process'
import type { Clock } from '@moonbase/core/generation'
import type { RepairKind } from '@moonbase/format'
import { type GgufEngine, ggufEngine } from './engine.ts'
import { GrammarCache } from './grammar-cache.ts'
import { kimiChatFormat } from './kimi-chat-format.ts'
import { checkedVocabulary, readKimiVocabulary } from './kimi-vocabulary.ts'
import { type GgufGpu, type LoadOptions, type LoadedModel, loadModel } from './load-model.ts'
import { onlyToken } from './only-token.ts'
import { ownChatFormat } from './own-chat-format.ts'
import { type GgufFile, readGguf } from './read-gguf.ts'
import { SamplingMasks } from './sampling-masks.ts'
import type { ChatFormat } from './chat-format.ts'

export interface GgufOptions {
  /** The engine's name in the configuration. */
  readonly name: string
  /** Of a model in several parts, the first one. */
  readonly path: string
  readonly clock: Clock
  /** Tokens that a prompt and its answer have together; at most what the model was trained on. */
  readonly context?: number
  /** Generations at a time, 1 to 64. Each takes the memory of a whole context. */
  readonly sequences?: number
  /** Generations that may wait for a sequence before the next is refused. */
  readonly queue?: number
  readonly gpu?: GgufGpu
  readonly threads?: number
  /** `own`: the chat template that the file brings, whatever family it is of, without tools and thinking. */
  readonly template?: 'kimi' | 'own'
  /** `unchecked`: loads also what does not fit into memory. */
  readonly memory?: 'checked' | 'unchecked'
  /** Bytes that are free; the system's own word when not given. */
  readonly availableBytes?: () => number
  /** Makes answers repeatable, for tests. */
  readonly seed?: number
  readonly onLog?: LoadOptions['onLog']
  /** A slip of the model was mended: for a metric. */
  readonly onRepair?: (kind: RepairKind) => void
}

const CONTEXT = 32_768
const SEQUENCES = 2
const MOST_SEQUENCES = 64
const QUEUE = 32

/** Rejects with a `GgufError` that says what to do about it. Nothing is downloaded or compiled, here or later. */
export async function openGguf(options: GgufOptions): Promise<GgufEngine> {
  const { template = 'kimi', memory = 'checked', availableBytes = availableMemory } = options
  const file = await readGguf(options.path)
  const vocabulary = template === 'kimi' ? readKimiVocabulary(file) : undefined
  const loaded = await loadModel(file, {
    gpu: options.gpu ?? 'auto',
    context: Math.min(options.context ?? CONTEXT, file.trainedContext ?? CONTEXT),
    sequences: Math.min(MOST_SEQUENCES, Math.max(1, options.sequences ?? SEQUENCES)),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(memory === 'unchecked' ? {} : { availableBytes }),
    ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
  })
  try {
    return ggufEngine({
      name: options.name,
      clock: options.clock,
      model: file.title ?? nameOf(file),
      loaded,
      chatFormat: chatFormatOf(file, loaded, vocabulary, options.onRepair),
      only: onlyToken(loaded),
      queue: options.queue ?? QUEUE,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    })
  } catch (error) {
    await loaded.dispose()
    throw error
  }
}

function chatFormatOf(
  file: GgufFile,
  loaded: LoadedModel,
  vocabulary: ReturnType<typeof readKimiVocabulary> | undefined,
  onRepair: GgufOptions['onRepair'],
): ChatFormat {
  const { library, llama, model } = loaded
  const grammars = new GrammarCache(llama, model, library.LlamaGrammarEvaluationState)
  if (vocabulary === undefined) return ownChatFormat(file, loaded, grammars)
  const checked = checkedVocabulary(file, vocabulary, model)
  const masks = new SamplingMasks(model, library.TokenBias, checked)
  return kimiChatFormat({ vocabulary: checked, masks, grammars, onRepair })
}

function nameOf({ path }: GgufFile): string {
  return (
    path
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.gguf$/, '') ?? path
  )
}
