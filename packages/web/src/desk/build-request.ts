/** From a conversation to the request that is sent: the messages of its branch behind the settings. Pure. */

import type { ChatContentPart, ChatMessage, ChatRequest, ChatTool } from '@moonbase/protocol'
import { path, sendsThinkingBack, type Conversation, type Part, type Turn } from '../conversation/index.ts'
import { VARIABLE } from '../parts/variables-in.ts'

/** The data address of a file, by its digest; undefined where this browser does not have it any more. */
type MediaData = (digest: string) => string | undefined

interface BuildOptions {
  readonly settings: ChatRequest
  readonly media: MediaData
  /** Turns up to this one alone, itself included. */
  readonly until?: string | null
  /** What the answer begins with. */
  readonly begin?: string
  /** The last answer is gone on with. */
  readonly goOn?: boolean
  /** Tools that are left out. */
  readonly toolsOff: ReadonlySet<string>
}

/** What stands in the field, with its files before its words. */
export function askedContent(text: string, parts: readonly Part[], media: MediaData): string | ChatContentPart[] {
  return contentOf(text === '' ? parts : [...parts, { kind: 'text', text }], media)
}

export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[name] ?? whole)
}

function partOf(part: Part, media: MediaData): ChatContentPart | null {
  if (part.kind === 'text') return { type: 'text', text: part.text }
  const address = part.kind === 'address' ? part.address : media(part.digest)
  if (address === undefined) return null
  return part.media === 'image'
    ? { type: 'image_url', image_url: { url: address } }
    : { type: 'video_url', video_url: { url: address } }
}

function contentOf(parts: readonly Part[], media: MediaData): string | ChatContentPart[] {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  if (texts.length === parts.length) return texts.join('\n')
  return parts.map((part) => partOf(part, media)).filter((part) => part !== null)
}

const textOf = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')

function answerMessage(
  conversation: Conversation,
  turn: Turn,
  sendsBack: boolean,
  goesOn: boolean,
): ChatMessage | null {
  const runs = turn.runs.map((id) => conversation.runs[id]).filter((run) => run !== undefined)
  const text = runs.map((run) => run.text).join('')
  const reasoning = runs.map((run) => run.reasoning).join('')
  const calls = goesOn ? [] : runs.flatMap((run) => run.calls)
  if (text === '' && calls.length === 0 && !(goesOn && reasoning !== '')) return null
  return {
    role: 'assistant',
    content: text,
    ...((sendsBack || goesOn) && reasoning !== '' ? { reasoning_content: reasoning } : {}),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map((call) => ({
            id: call.id,
            type: 'function' as const,
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
    ...(goesOn ? { partial: true } : {}),
  }
}

function messageOf(
  conversation: Conversation,
  turn: Turn,
  media: MediaData,
  sendsBack: boolean,
  goesOn: boolean,
): ChatMessage | null {
  if (!turn.on) return null
  if (turn.runs.length > 0) return answerMessage(conversation, turn, sendsBack, goesOn)
  const content = contentOf(turn.parts, media)
  switch (turn.role) {
    case 'tool':
      return { role: 'tool', content, tool_call_id: turn.answers ?? '' }
    case 'assistant':
      return { role: 'assistant', content: textOf(turn.parts), ...(goesOn ? { partial: true } : {}) }
    case 'system':
    case 'user':
      return content === '' ? null : { role: turn.role, content }
  }
}

function toolsOn({ tools }: ChatRequest, off: ReadonlySet<string>): readonly ChatTool[] {
  return (tools ?? []).filter((tool) => !off.has(tool.function.name))
}

export function buildRequest(conversation: Conversation, options: BuildOptions): ChatRequest {
  const { settings, media, until, begin = '', goOn = false, toolsOff } = options
  const all = path(conversation)
  const last = until === undefined ? all.length : until === null ? 0 : all.findIndex(({ id }) => id === until) + 1
  const turns = all.slice(0, last)
  const messages = turns
    .map((turn, at) =>
      messageOf(conversation, turn, media, sendsThinkingBack(conversation, turns, at), goOn && at === turns.length - 1),
    )
    .filter((message) => message !== null)
  const beginning: ChatMessage[] = begin === '' || goOn ? [] : [{ role: 'assistant', content: begin, partial: true }]
  const { tools: _tools, messages: _messages, model, ...rest } = settings
  const tools = toolsOn(settings, toolsOff)
  return {
    model,
    messages: [...messages, ...beginning],
    ...(tools.length === 0 ? {} : { tools }),
    ...rest,
    stream: settings.stream !== false,
  }
}

/** Data of pictures is kept once, by its digest: in the record of a run it would be kept again with each answer. */
export function withoutData(request: ChatRequest): Conversation['settings'] {
  const text = JSON.stringify(request, (key, value: unknown) =>
    key === 'url' && typeof value === 'string' && value.startsWith('data:') ? `${value.slice(0, 40)}…` : value,
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same request, read back
  return JSON.parse(text) as Conversation['settings']
}
