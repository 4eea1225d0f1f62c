/** A request that comes from elsewhere (a paste, a link, the JSON tab) as a conversation: each message a turn. */

import type { ChatContent, ChatMessage, ChatRequest } from '@moonbase/protocol'
import { fold, NEW_CONVERSATION, type Conversation, type Part, type Role, type TurnId } from '../conversation/index.ts'
import { newDesk, type DeskState } from './desk-state.ts'

function partsOf(content: ChatContent | null | undefined): Part[] {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  return content.map((part): Part => {
    if (part.type === 'text') return { kind: 'text', text: part.text }
    if (part.type === 'image_url')
      return {
        kind: 'address',
        media: 'image',
        address: typeof part.image_url === 'string' ? part.image_url : part.image_url.url,
      }
    return {
      kind: 'address',
      media: 'video',
      address: typeof part.video_url === 'string' ? part.video_url : part.video_url.url,
    }
  })
}

const ROLES: Readonly<Record<ChatMessage['role'], Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
}

function withMessage(
  before: Conversation,
  message: ChatMessage,
  after: TurnId | null,
): { conversation: Conversation; turn: TurnId } {
  const turn = crypto.randomUUID()
  const at = Date.now()
  const role = ROLES[message.role]
  const called =
    message.role === 'assistant' &&
    ((message.tool_calls?.length ?? 0) > 0 || typeof message.reasoning_content === 'string')
  if (!called) {
    const answers = message.role === 'tool' ? { answers: message.tool_call_id } : {}
    return {
      conversation: fold(before, { type: 'turn', turn, after, role, parts: partsOf(message.content), at, ...answers }),
      turn,
    }
  }
  // An answer with calls or thinking is what a run said: only so is it sent back whole.
  const run = crypto.randomUUID()
  const asked = { model: '', thinking: true, form: 'text' as const }
  let conversation = fold(before, { type: 'run', run, turn, after, request: {}, asked, at })
  let n = 0
  const say = (event: Parameters<typeof fold>[1]): void => {
    conversation = fold(conversation, event)
  }
  if (typeof message.reasoning_content === 'string' && message.reasoning_content !== '')
    say({ type: 'reasoning', run, ms: 0, n: (n += 1), text: message.reasoning_content })
  const text = partsOf(message.content)
    .flatMap((part) => (part.kind === 'text' ? [part.text] : []))
    .join('\n')
  if (text !== '') say({ type: 'text', run, ms: 0, n: (n += 1), text })
  for (const [call, { id, function: to }] of (message.tool_calls ?? []).entries())
    say({ type: 'tool-call', run, ms: 0, n: (n += 1), call, id, name: to.name, arguments: to.arguments })
  say({ type: 'finish', run, ms: 0, n: n + 1, reason: (message.tool_calls?.length ?? 0) > 0 ? 'tool_calls' : 'stop' })
  return { conversation, turn }
}

/** The last question goes into the field, so that it can be changed and run; a partial answer becomes what is begun with. */
export function openedRequest(request: ChatRequest, before: DeskState): DeskState {
  const messages = [...request.messages]
  const last = messages.at(-1)
  const begin =
    last?.role === 'assistant' && last.partial === true && typeof last.content === 'string' ? last.content : ''
  if (begin !== '') messages.pop()
  const asked = messages.at(-1)
  const takes = asked?.role === 'user' && typeof asked.content === 'string' && before.conversation === NEW_CONVERSATION
  const draft = takes && typeof asked.content === 'string' ? asked.content : ''
  if (takes) messages.pop()
  let conversation = NEW_CONVERSATION
  let after: TurnId | null = null
  for (const message of messages) {
    const next = withMessage(conversation, message, after)
    conversation = next.conversation
    after = next.turn
  }
  return {
    ...newDesk(request.model),
    id: before.id,
    title: before.title,
    conversation,
    settings: { ...request, messages: [] },
    begin,
    draft,
    tools: before.tools,
    detach: before.detach,
  }
}
