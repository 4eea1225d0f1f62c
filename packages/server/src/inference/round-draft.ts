/** What the next round is asked: the conversation so far, with what the model said and what the tools answered. */

import {
  type AssistantMessage,
  type DraftMessage,
  type DraftPart,
  type RequestDraft,
  type Transcript,
  partialOf,
} from '@moonbase/core/generation'
import type { AnsweredCall } from './tool-runner.ts'

/** A model that reads nothing may wait for something. */
const NO_OUTPUT = '(no output)'
/** Counts as sent, where an empty thought counts as lost. */
const NO_THOUGHT = ' '

/** Messages go on as the objects that they are, and texts are not copied: what has grown is one array. */
export function roundDraft(
  draft: RequestDraft,
  said: Pick<Transcript, 'text' | 'reasoning'>,
  answered: readonly AnsweredCall[],
): RequestDraft {
  const prefix = partialOf<DraftPart>(draft)
  const before = prefix === undefined ? draft.messages : draft.messages.slice(0, -1)
  const results = answered.map(({ call, output }): DraftMessage => ({
    role: 'tool',
    content: output === '' ? NO_OUTPUT : output,
    toolCallId: call.id,
    name: call.name,
  }))
  return {
    ...draft,
    messages: [...before, sayingOf(draft, prefix, said, answered), ...results],
    // Whoever had to call a tool has done so. Forced again, it would call for ever.
    toolChoice: draft.toolChoice === 'none' ? 'none' : 'auto',
    // What is left of it is in the terms: a prompt that has grown may leave less room than that.
    maxCompletionTokens: undefined,
  }
}

function sayingOf(
  draft: RequestDraft,
  prefix: AssistantMessage<DraftPart> | undefined,
  said: Pick<Transcript, 'text' | 'reasoning'>,
  answered: readonly AnsweredCall[],
): AssistantMessage<DraftPart> {
  const content = prefix?.content ?? ''
  const reasoning = (prefix?.reasoning ?? '') + said.reasoning
  return {
    role: 'assistant',
    ...(prefix?.name === undefined ? {} : { name: prefix.name }),
    content: typeof content === 'string' ? content + said.text : withText(content, said.text),
    // A model that thinks needs its thoughts back, and one that did not think this time says so.
    ...(reasoning !== '' ? { reasoning } : draft.thinking === false ? {} : { reasoning: NO_THOUGHT }),
    toolCalls: answered.map(({ call: { id, name, arguments: text } }) => ({
      id,
      builtin: draft.tools.some((tool) => tool.type === 'builtin' && tool.name === name),
      name,
      arguments: text,
    })),
    partial: false,
  }
}

function withText(parts: readonly DraftPart[], text: string): readonly DraftPart[] {
  return text === '' ? parts : [...parts, { type: 'text', text }]
}
