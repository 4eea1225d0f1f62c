/** What an engine for an upstream is told when it is opened, and what holds where nothing is said. */

import type {
  AnswerRepairKind,
  AnswerRepairOptions,
  Capabilities,
  Clock,
  EngineError,
  EventStage,
  GenerationRequest,
} from '../../generation/index.ts'
import type { LearnedTemplate } from './chunk-template.ts'
import type { Flavour, FlavourName } from './flavours.ts'
import type { Transport } from './transport.ts'

export interface OpenAiCompatibleOptions {
  /** Unique in one server. */
  readonly name: string
  /** What stands before `/chat/completions`, such as `http://10.0.0.5:8000/v1`. */
  readonly url: string
  /** Sent as `Authorization: Bearer`, and to Cloudflare's gateway as that wants it. Printable ASCII without spaces. */
  readonly key?: string
  readonly flavour: FlavourName
  /** The id that the upstream has for the model, where it is not the usual one of its flavour. */
  readonly model?: string
  /**
   * The same for single models, by catalogue id; wins over `model`. The id may be another model's, which then stands in:
   * a retired `kimi-k2.5` answered by `kimi-k2.6`. `start` says which model answered.
   */
  readonly models?: Readonly<Record<string, string>>
  /** Tokens of an answer that the upstream gives at most, where it refuses a request that asks for more. */
  readonly maxOutput?: number
  /** Headers that the upstream wants besides ours, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Corrections to what the flavour is able to do, by an operator who knows this upstream. */
  readonly can?: CapabilityCorrections
  /**
   * How it goes on where no chat request can, at a host that takes rendered prompts: `rawPrompts`, handed in like the
   * transport, because it brings the template and the parser of the model's output. Without it the engine does not go on there.
   */
  readonly rawPrompts?: RawPrompts
  /**
   * What mends the answers of an upstream: `answerRepair`, handed in for the same reason. Without it they pass as they are, and
   * a flavour without any parser is refused.
   */
  readonly repairs?: (options: AnswerRepairOptions) => EventStage
  /**
   * The fast way to read a stream whose chunks are alike: `() => new LearnedTemplate()`, handed in because a server gains by it
   * and an application has one stream at a time.
   */
  readonly quickChunks?: () => LearnedTemplate
  /** Something of an answer was mended: for a metric. */
  readonly onRepair?: (kind: AnswerRepairKind) => void
  /** Stays open when the engine closes: whoever opened it may share it among engines. */
  readonly transport: Transport
  /** Reads dates in `Retry-After`. */
  readonly clock: Pick<Clock, 'now'>
  readonly timeouts?: Partial<UpstreamTimeouts>
  readonly limits?: Partial<UpstreamLimits>
}

/**
 * The raw completion that a request is asked as; `undefined` for a request that chat messages can say. Throws an
 * `EngineError` of kind `refused` for one that neither can.
 */
export type RawPrompts = (request: GenerationRequest, asked: RawAsked) => RawCompletion | undefined

/** Who is asked. */
export interface RawAsked {
  /** For errors. */
  readonly engine: string
  readonly flavour: Flavour
  readonly can: Capabilities
  /** The model's id at the upstream. */
  readonly model: string
  /** Makes the refusal of what cannot be done. */
  readonly lacks: (ability: string) => EngineError
  readonly onRepair: ((kind: AnswerRepairKind) => void) | undefined
}

export interface RawCompletion {
  /** Of `POST /completions`, as JSON. */
  readonly body: string
  /** Reads the text that is answered. */
  readonly reader: EventStage
}

/** What is not named here stays as the flavour has it. */
export type CapabilityCorrections = Partial<Omit<Capabilities, 'resumes'>> & {
  readonly resumes?: Partial<Capabilities['resumes']>
}

/** Milliseconds. These are the last resort against a dead upstream; routing watches first tokens and silence closely. */
export interface UpstreamTimeouts {
  /** To the head of a streamed reply. A prompt of 256K tokens takes minutes to read. */
  readonly headMs: number
  /** To the head of a whole reply: hosts send it only when the generation has ended, Moonshot within 15 minutes. */
  readonly wholeMs: number
  /** Without a byte once the head has come. */
  readonly silenceMs: number
  /** To the head of a health check. */
  readonly healthMs: number
}

export interface UpstreamLimits {
  /** One event of a stream, in bytes. */
  readonly eventBytes: number
  /** A whole reply, in bytes. */
  readonly replyBytes: number
  /** Tool calls of one choice. */
  readonly toolCalls: number
  /** Characters of arguments kept back while a call has no name. */
  readonly heldCharacters: number
  /** Characters of tool arguments in one reply. */
  readonly argumentCharacters: number
}

export const TIMEOUTS: UpstreamTimeouts = { headMs: 300_000, wholeMs: 900_000, silenceMs: 300_000, healthMs: 5_000 }

const MIB = 1024 * 1024

export const LIMITS: UpstreamLimits = {
  eventBytes: 4 * MIB,
  replyBytes: 64 * MIB,
  toolCalls: 512,
  heldCharacters: 64 * 1024,
  argumentCharacters: 16 * MIB,
}
