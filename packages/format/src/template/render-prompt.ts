/**
 * The chat template of Kimi K2.5, written by hand: a conversation as the pieces that the model reads.
 *
 * Source: `chat_template.jinja` of the checkpoint as of 2026-01-29 (no default system message, `<|media_begin|>`), and
 * `tokenization_kimi.py` for what is handed to it. Byte-equal to that template for everything that it knows; what it
 * does not know is said at {@link renderPrompt}.
 */

import { imageTokens, videoChunks } from '../media/index.ts'
import type { PromptPiece } from '../prompt-piece.ts'
import type { Prompt, PromptContent, PromptMessage, PromptPart, PromptToolCall } from '../prompt.ts'
import { declareTools } from './declare-tools.ts'
import { type AssistantMessage, historyLength, openMessage } from './history.ts'
import { PieceWriter } from './piece-writer.ts'
import { ToolCallIds } from './tool-call-ids.ts'

type VideoPart = Extract<PromptPart, { type: 'video' }>

/** What the original template writes for a video; no token, but text that the model's processor replaces by the chunks. */
export const VIDEO_PLACEHOLDER = '<|kimi_k25_video_placeholder|>'

/**
 * The declaration of tools, the messages, and the header of the answer to come. Nothing stands between messages.
 *
 * Reasoning is read again only within the chain of tool calls that is going on: everything up to the last assistant
 * message without tool calls is history, and history has `<think></think>` in its place. So has everything when
 * `thinking` is off.
 *
 * Beyond the original:
 * - Ids of tool calls are rewritten to `functions.{name}:{idx}`, in calls and in the results that refer to them. A result
 *   whose id no call before it has keeps it.
 * - A last message that is `partial` is left open: no `<|im_end|>`, and no header follows. Its header bears its `name`
 *   where it has one, so that a name is part of the prefix. With thinking on it is open
 *   - inside the thought, when it has `reasoning`, be it empty, and no content: `<think>{reasoning}`
 *   - in the content, when it has both: `<think>{reasoning}</think>{content}`
 *   - in the content, when `reasoning` was not given: `<think></think>{content}`, as the original renders a prefix; the
 *     model then answers without a thought
 *   - in the arguments of its last tool call, when it has any.
 *   With its reasoning given, it belongs to the chain of tool calls before it, as the answer that it is the beginning of,
 *   and the reasoning in that chain stays: the ids are then those that the engine which broke off had read and written.
 * - A measured video stands as its chunks, and media as the tokens they take. Unmeasured, an image counts as the one
 *   `<|media_pad|>` of the template, and a video is the template's placeholder.
 */
export function renderPrompt(prompt: Prompt): PromptPiece[] {
  const writer = new PieceWriter()
  const ids = new ToolCallIds()
  if (prompt.tools.length > 0) {
    writeHeader(writer, 'system', 'tool_declare')
    writer.text(declareTools(prompt.tools))
    writer.special('<|im_end|>')
  }
  const open = openMessage(prompt.messages)
  const suffix = historyLength(prompt.messages, open)
  for (const [position, message] of prompt.messages.entries()) {
    writeHeader(writer, message.role, message.name || message.role)
    switch (message.role) {
      case 'system':
      case 'user':
        writeContent(writer, message.content)
        break
      case 'tool':
        writer.text(`## Return of ${ids.answered(message.toolCallId)}\n`)
        writeContent(writer, message.content)
        break
      case 'assistant': {
        const shownReasoning = prompt.thinking && position >= suffix ? message.reasoning : undefined
        writeAssistant(writer, message, ids.rename(message.toolCalls), shownReasoning, message === open)
        break
      }
    }
    if (message !== open) writer.special('<|im_end|>')
  }
  if (open === undefined) writeGenerationPrompt(writer, prompt.thinking)
  return writer.end()
}

function writeHeader(writer: PieceWriter, role: PromptMessage['role'], name: string): void {
  if (role === 'user') writer.special('<|im_user|>')
  else writer.special(role === 'assistant' ? '<|im_assistant|>' : '<|im_system|>')
  writer.text(name)
  writer.special('<|im_middle|>')
}

function writeGenerationPrompt(writer: PieceWriter, thinking: boolean): void {
  writeHeader(writer, 'assistant', 'assistant')
  writer.special('<think>')
  if (!thinking) writer.special('</think>')
}

function writeAssistant(
  writer: PieceWriter,
  { content, toolCalls }: AssistantMessage,
  callIds: readonly string[],
  reasoning: string | undefined,
  open: boolean,
): void {
  writer.special('<think>')
  writer.text(reasoning ?? '')
  if (open && reasoning !== undefined && toolCalls.length === 0 && isEmpty(content)) return
  writer.special('</think>')
  writeContent(writer, content)
  if (toolCalls.length > 0) writeToolCalls(writer, toolCalls, callIds, open)
}

function writeToolCalls(
  writer: PieceWriter,
  calls: readonly PromptToolCall[],
  callIds: readonly string[],
  open: boolean,
): void {
  writer.special('<|tool_calls_section_begin|>')
  for (const [position, call] of calls.entries()) {
    writer.special('<|tool_call_begin|>')
    writer.text(callIds[position] ?? call.id)
    writer.special('<|tool_call_argument_begin|>')
    writer.text(call.arguments)
    if (open && position === calls.length - 1) return
    writer.special('<|tool_call_end|>')
  }
  writer.special('<|tool_calls_section_end|>')
}

function writeContent(writer: PieceWriter, content: PromptContent): void {
  if (typeof content === 'string') {
    writer.text(content)
    return
  }
  for (const part of content) {
    switch (part.type) {
      case 'text':
        writer.text(part.text)
        break
      case 'image':
        writeMedia(writer, 'image', part.measured === undefined ? 1 : imageTokens(part.measured))
        writer.text('\n')
        break
      case 'video':
        writeVideo(writer, part)
        writer.text('\n')
        break
    }
  }
}

function writeVideo(writer: PieceWriter, { measured }: VideoPart): void {
  if (measured === undefined) {
    writer.text(VIDEO_PLACEHOLDER)
    return
  }
  for (const { timestamp, tokens } of videoChunks(measured)) {
    writer.text(timestamp)
    writeMedia(writer, 'video', tokens)
  }
}

function writeMedia(writer: PieceWriter, kind: 'image' | 'video', tokens: number): void {
  writer.special('<|media_begin|>')
  writer.text(kind)
  writer.special('<|media_content|>')
  writer.media(tokens)
  writer.special('<|media_end|>')
}

function isEmpty(content: PromptContent): boolean {
  if (typeof content === 'string') return content === ''
  return content.every((part) => part.type === 'text' && part.text === '')
}
