/** Whether two requests, in whatever wire, are the same one: as the server decodes them, with what it fills in. */

import { type ContractTerms, type UnresolvedRequest, draftRules } from '@moonbase/core/contract'
import type { Dialect } from '@moonbase/core/dialects'
import { type ThinkingSeal, anthropic } from '@moonbase/core/dialects/anthropic'
import { moonshot } from '@moonbase/core/dialects/moonshot'
import { oxen } from '@moonbase/core/dialects/oxen'
import { bindingRun, workersAi } from '@moonbase/core/dialects/workers-ai'
import { type DraftMessage, mediaFromUrl } from '@moonbase/core/generation'
import { type ChatRequest, findModel } from '@moonbase/protocol'
import type { SpellingNote } from '../../../packages/web/src/spellings/index.ts'
import type { RecordedRequest } from './recording-proxy.ts'

/** What is to be compared: everything that reaches an engine. */
export type Meant = Omit<UnresolvedRequest, 'maxCompletionTokens'> & { maxCompletionTokens: number }

const MOONSHOT = moonshot(mediaFromUrl)

/** Signatures are the server's affair: programs bring none. */
const seal: ThinkingSeal = { sign: () => '', verify: () => 'unknown', seal: () => '', open: () => undefined }

/** By the path that the program asked. */
function dialectOf(path: string): Dialect {
  const asked = path.replace(/\?.*$/, '')
  if (asked === '/v1/chat/completions') return MOONSHOT
  if (asked === '/api/ai/chat/completions') return oxen(mediaFromUrl)
  if (asked === '/anthropic/v1/messages') return anthropic({ seal, readMedia: mediaFromUrl })
  if (asked === '/run' || asked === '/ai-gateway/run') return workersAi(bindingRun, 'binding', mediaFromUrl)
  throw new Error(`nobody of ours answers ${path}`)
}

/** As it came to the server. */
export function received({ path, body, headers }: RecordedRequest): Meant {
  return meant(dialectOf(path), JSON.parse(body), headers)
}

/** As the request says it on the wire of its own. */
export function wanted(request: ChatRequest): Meant {
  return meant(MOONSHOT, JSON.parse(JSON.stringify(request)), {})
}

function meant(dialect: Dialect, body: unknown, headers: Readonly<Record<string, unknown>>): Meant {
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const wire = { bytes: undefined, body: () => body, header, parameters: {} }
  const { draft } = dialect.decode(wire, dialect.lenient)
  const model = findModel(draft.model)
  if (model === undefined) throw new Error(`no model ${draft.model}`)
  const terms: ContractTerms = { model, lenient: dialect.lenient }
  const { request } = draftRules(draft, terms)
  return { ...request, maxCompletionTokens: request.maxCompletionTokens ?? model.defaultMaxTokens }
}

/** The request without what its spelling says that it leaves out: nothing else may be missing. */
export function without(request: ChatRequest, notes: readonly SpellingNote[]): ChatRequest {
  const copy = JSON.parse(JSON.stringify(request)) as ChatRequest
  const paths = notes.filter(({ kind }) => kind === 'left out').map(({ field }) => field.split('.'))
  // Places of a list move up when one in front of them goes.
  for (const path of paths.toReversed()) {
    let holder: unknown = copy
    for (const name of path.slice(0, -1)) holder = (holder as Record<string, unknown>)[name]
    const last = path.at(-1) ?? ''
    if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else delete (holder as Record<string, unknown>)[last]
  }
  return copy
}

/**
 * What the Messages API says in another way, brought to one form: a text that stands alone and one in a list, arguments
 * without white space, no thought and an empty one beside calls, a schema's name. Each of these but the first has its note.
 */
export function inMessagesForm(request: Meant, notes: readonly SpellingNote[]): unknown {
  const isInstead = (field: string): boolean => notes.some((note) => note.kind === 'instead' && note.field === field)
  const isGoneOnFrom = notes.some(({ kind, field }) => kind === 'instead' && GONE_ON_FROM.test(field))
  const { responseFormat, extra, ...others } = request
  const { parallel_tool_calls: _, ...hints } = extra
  return {
    ...others,
    extra: hints,
    responseFormat:
      responseFormat.type === 'json_schema' && isInstead('response_format.json_schema.name')
        ? { ...responseFormat, name: 'output' }
        : responseFormat,
    messages: request.messages.map((message, index) =>
      // The note names the place that it had before others were left out.
      messageForm(message, index === request.messages.length - 1 && isGoneOnFrom),
    ),
  }
}

const GONE_ON_FROM = /^messages\.\d+$/

function messageForm(message: DraftMessage, isGoneOnFrom: boolean): unknown {
  const content = typeof message.content === 'string' ? textParts(message.content) : message.content
  if (message.role !== 'assistant') return { ...message, content }
  const { reasoning, toolCalls, partial, ...others } = message
  return {
    ...others,
    content,
    partial: partial || isGoneOnFrom,
    ...(reasoning === undefined || (reasoning === '' && toolCalls.length > 0) ? {} : { reasoning }),
    toolCalls: toolCalls.map(({ id, name, builtin, arguments: text }) => [id, name, builtin, valueOf(text)]),
  }
}

const textParts = (text: string): unknown[] => (text === '' ? [] : [{ type: 'text', text }])

/** Without the white space between members, which an object does not keep; nothing but white space is no arguments. */
function valueOf(written: string): string {
  return written.trim() === '' ? '{}' : written.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text?: string) => text ?? '')
}
