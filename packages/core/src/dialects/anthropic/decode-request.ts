/** From the Messages wire to the canonical request. */

import { type LeniencyNote, findModel } from '@moonbase/protocol'
import type { ReadMedia, RequestDraft, ResponseFormat, Sampling } from '../../generation/index.ts'
import type { WireRequest } from '../dialect.ts'
import { decodeConversation } from './decode-conversation.ts'
import { declaredNames, decodeTools } from './decode-tools.ts'
import type { ThinkingSeal } from './thinking-seal.ts'
import { ToolChanges } from './tool-changes.ts'
import { ToolNames } from './tool-names.ts'
import {
  type Fields,
  fieldsOf,
  listOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  positiveInteger,
  textOf,
  wrong,
} from './wire-checks.ts'

export interface DecodeParts {
  readonly seal: ThinkingSeal
  readonly readMedia: ReadMedia
  /** A request that is only counted names no budget. */
  readonly counting: boolean
  /** Thoughts that are missing are put back later, from what was kept of the answers. */
  readonly restores: boolean
}

export interface DecodedMessages {
  readonly draft: RequestDraft
  readonly stream: boolean
  readonly leniency: readonly LeniencyNote[]
  readonly names: ToolNames
  /** At most one call is given out. */
  readonly single: boolean
  /** Thoughts are given sealed, not to be read. */
  readonly sealed: boolean
}

/** Throws an `ApiError` that names what is wrong with the request. */
export function decodeRequest(
  wire: Pick<WireRequest, 'body' | 'header'>,
  { seal, readMedia, counting, restores }: DecodeParts,
): DecodedMessages {
  const body = fieldsOf(wire.body(), 'body')
  const model = textOf(body['model'], 'model')
  const maxCompletionTokens = counting ? undefined : positiveInteger(body['max_tokens'], 'max_tokens')
  const { on, sealed } = decodeThinking(body['thinking'], model)
  const names = new ToolNames(declaredNames(body))
  const changes = new ToolChanges()
  // Before the tools: it is the conversation that says which of them there are.
  const messages = decodeConversation(body, {
    names,
    seal,
    readMedia,
    changes,
    fillsThoughts: on === true && !restores,
  })
  const { tools, choice, single, notes } = decodeTools(body, names, changes)
  const stream = optionalFlag(body['stream'], 'stream') ?? false
  const draft: RequestDraft = {
    model,
    messages,
    tools,
    toolChoice: choice,
    thinking: on,
    maxCompletionTokens,
    stop: decodeStop(body['stop_sequences']),
    responseFormat: decodeFormat(body),
    sampling: decodeSampling(body, model),
    ...hintsOf(body, wire),
    whole: !stream,
    extra: {},
  }
  return { draft, stream, leniency: [...passedBy(body), ...notes], names, single, sealed }
}

/**
 * Without the field nobody asked for thoughts, and who does not ask does not send them back. Models without a switch do as they do:
 * `adaptive` leaves it to them.
 */
function decodeThinking(
  thinking: unknown,
  model: string,
): { readonly on: boolean | undefined; readonly sealed: boolean } {
  const ability = findModel(model)?.thinking ?? 'switch'
  if (thinking === undefined || thinking === null)
    return { on: ability === 'switch' ? false : undefined, sealed: false }
  const fields = fieldsOf(thinking, 'thinking')
  const sealed = fields['display'] === 'omitted'
  switch (fields['type']) {
    case 'disabled':
      return { on: false, sealed }
    case 'adaptive':
      return { on: ability === 'switch' ? true : undefined, sealed }
    case 'enabled':
    case 'between_tools':
      return { on: true, sealed }
    default:
      throw wrong('thinking.type', "Input should be 'enabled', 'adaptive' or 'disabled'")
  }
}

function decodeStop(stop: unknown): readonly string[] {
  if (stop === undefined || stop === null) return []
  return listOf(stop, 'stop_sequences').map((text, index) => textOf(text, `stop_sequences.${index}`))
}

/** `output_format` is what the field was called while it was in beta. */
function decodeFormat(body: Fields): ResponseFormat {
  const config = optionalFields(body['output_config'], 'output_config')
  const format = optionalFields(config['format'] ?? body['output_format'], 'output_config.format')
  if (format['type'] === undefined) return { type: 'text' }
  if (format['type'] !== 'json_schema') throw wrong('output_config.format.type', "Input should be 'json_schema'")
  const schema = fieldsOf(format['schema'], 'output_config.format.schema')
  return { type: 'json_schema', name: 'output', strict: true, schema }
}

function optionalFields(value: unknown, at: string): Fields {
  return value === undefined || value === null ? {} : fieldsOf(value, at)
}

/** On its own Messages API the platform gave these models six tenths of what was asked for. Source: the README of Kimi K2. */
const COOLED = /^kimi-k2-(?:0711|0905|turbo)/
const COOLING = 0.6

function decodeSampling(body: Fields, model: string): Partial<Sampling> {
  const asked = optionalNumber(body['temperature'], 'temperature')
  const temperature = asked !== undefined && COOLED.test(model) ? asked * COOLING : asked
  const topP = optionalNumber(body['top_p'], 'top_p')
  return { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }) }
}

/** Whose request it is, and to which session it belongs: Claude Code says that in a header. */
function hintsOf(
  body: Fields,
  { header }: Pick<WireRequest, 'header'>,
): Pick<RequestDraft, 'safetyIdentifier' | 'promptCacheKey'> {
  const user = optionalText(optionalFields(body['metadata'], 'metadata')['user_id'], 'metadata.user_id')
  const session = header('x-claude-code-session-id')
  return { ...(user ? { safetyIdentifier: user } : {}), ...(session ? { promptCacheKey: session } : {}) }
}

/** What is read here, and what is nothing but a hint: prompts are cached in any case, and there is one tier. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'metadata',
  'output_config',
  'output_format',
  'cache_control',
  'service_tier',
  'betas',
])

/** Everything that is passed by is named in a header of the reply. What would make the answer another thing is refused. */
function passedBy(body: Fields): readonly LeniencyNote[] {
  const notes: LeniencyNote[] = []
  const ignored = (field: string): void => void notes.push({ switch: 'ignore-unknown-fields', field })
  if ((body['compaction'] ?? null) !== null) throw wrong('compaction', 'this server does not compact conversations')
  for (const name in body) if (!READ.has(name) && (body[name] ?? null) !== null) ignored(name)
  const config = optionalFields(body['output_config'], 'output_config')
  for (const name in config) if (name !== 'format' && (config[name] ?? null) !== null) ignored(`output_config.${name}`)
  if (optionalFields(body['thinking'], 'thinking')['budget_tokens'] !== undefined) ignored('thinking.budget_tokens')
  if ((body['top_k'] ?? null) !== null) notes.push({ switch: 'drop-fixed-sampling', field: 'top_k' })
  return notes
}
