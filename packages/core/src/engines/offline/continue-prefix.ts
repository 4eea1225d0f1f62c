/** Partial mode: goes on from the beginning of an answer without repeating it. */

import { firstMismatch } from '@moonbase/protocol/mfjs'
import type { AssistantMessage, GenerationRequest } from '../../generation/index.ts'
import { textOf } from '../../generation/index.ts'
import { type Answer, answerOf } from './answer.ts'
import type { Conversation } from './conversation.ts'
import type { Decision, PlannedCall } from './decision.ts'
import { type JsonForm, jsonFormOf, makerFor } from './json-answer.ts'
import { completeJson } from './json-completion.ts'
import { InstanceMaker } from './schema-instance.ts'
import { shorten } from './shorten.ts'
import { ValueFinder } from './value-finder.ts'

export interface Prefix {
  readonly request: GenerationRequest
  readonly conversation: Conversation
  readonly partial: AssistantMessage
  /** What the engine answers to the same request without the prefix. */
  readonly whole: Answer
  /** The same, before it was put into words. */
  readonly decision: Decision
}

/**
 * An answer of this engine that was cut goes on as it would have: that is what a client asks for after `length`, and a
 * router after a failure, in the reasoning, in the text or in the arguments of a call. Any other prefix is carried on
 * by its form: JSON is completed, a code block and a list are ended, a sentence is finished.
 */
export function continuePrefix(prefix: Prefix): Answer {
  const { partial, whole, request } = prefix
  const begun = partial.toolCalls.at(-1)
  if (begun !== undefined) {
    return { ...answerOf('', '', callsAfter(prefix, begun)), begun: partial.toolCalls.length - 1 }
  }

  const text = textOf(partial.content)
  const thought = partial.reasoning ?? ''
  if (text === '' && partial.name === undefined && thought !== '' && whole.reasoning.startsWith(thought)) {
    return { ...whole, reasoning: whole.reasoning.slice(thought.length) }
  }
  const reasoning = request.thinking && thought === '' ? whole.reasoning : ''
  if (text !== '' && whole.text.startsWith(text)) return { ...whole, reasoning, text: whole.text.slice(text.length) }
  const formed = text === '' ? undefined : (jsonAfter(text, prefix) ?? markupAfter(text, prefix))
  // "Let me look that up" goes on with the call.
  if (formed === undefined && whole.calls.length > 0) return { ...whole, reasoning }
  return answerOf(reasoning, formed ?? sentenceAfter(text, prefix), [])
}

/** The rest of the call that was begun, and the calls that follow it. */
function callsAfter({ partial, whole, conversation, request }: Prefix, begun: PlannedCall): PlannedCall[] {
  const index = partial.toolCalls.length - 1
  const own = whole.calls[index]
  if (own?.name === begun.name && own.arguments.startsWith(begun.arguments)) {
    const rest = { name: own.name, arguments: own.arguments.slice(begun.arguments.length) }
    return [rest, ...whole.calls.slice(index + 1)]
  }
  const tool = request.tools.find(({ name }) => name === begun.name)
  const schema = tool?.type === 'function' ? tool.parameters : {}
  const newMaker = (): InstanceMaker =>
    new InstanceMaker(schema, {
      finder: new ValueFinder([conversation.asked]),
      complete: false,
      prose: conversation.asked.slice(0, 500),
    })
  const rest = completeJson(begun.arguments, {
    schema,
    newMaker,
    fits: (value) => firstMismatch(schema, value) === undefined,
  })
  return [{ name: begun.name, arguments: rest ?? '' }]
}

/** A JSON text alone, or at the start of a code block. */
function jsonAfter(text: string, { request, conversation, decision }: Prefix): string | undefined {
  const fence = /^([\s\S]*?```(?:json|JSON)?[ \t]*\n)([\s\S]*)$/.exec(text)
  const body = fence?.[2] ?? text
  if (!/^\s*[[{]/.test(body) || body.includes('```')) return undefined
  const form: JsonForm = jsonFormOf(request, conversation) ?? { schema: {}, origin: 'the prefix', binding: false }
  const rest = completeJson(body, {
    schema: form.schema,
    newMaker: () => makerFor(form, conversation, decision),
    fits: (value) => firstMismatch(form.schema, value) === undefined,
  })
  return rest === undefined || fence === null ? rest : `${rest}\n\`\`\``
}

/** An open code block, an open list, open tags. */
function markupAfter(text: string, prefix: Prefix): string | undefined {
  const tail = text.slice(-TAIL_CHARACTERS)
  if (fencesIn(text) % 2 === 1) {
    const language = /```([\w+-]*)[^\n]*(?:\n[^`]*)?$/.exec(tail)?.[1] ?? ''
    const line = text.endsWith('\n') ? '' : '\n'
    return `${line}${comment(language, "moonbase's offline engine ends this block: it writes no code of its own")}\n\`\`\``
  }
  const listed = /(?:^|\n)([ \t]*)(?:(\d{1,4})([.)])|([-*+]))[ \t]+[^\n]*(\n?)$/.exec(tail)
  if (listed !== null) return listAfter(listed, prefix)
  return undefined
}

const TAIL_CHARACTERS = 4_000
const LIST_ITEMS = 2

function fencesIn(text: string): number {
  return text.match(/```/g)?.length ?? 0
}

function comment(language: string, words: string): string {
  if (/^(?:py|python|rb|ruby|sh|bash|yaml|yml|toml|r)$/i.test(language)) return `# ${words}`
  if (/^(?:html|xml|md|markdown|svg)$/i.test(language)) return `<!-- ${words} -->`
  if (/^(?:sql|lua|haskell|hs)$/i.test(language)) return `-- ${words}`
  if (/^css$/i.test(language)) return `/* ${words} */`
  return `// ${words}`
}

function listAfter(listed: RegExpExecArray, prefix: Prefix): string {
  const [, indent = '', number, dot = '', bullet = '', broken = ''] = listed
  const items = ['carried on from your list', "and ended here by moonbase's offline engine"]
  const mark = (index: number): string =>
    `${indent}${number === undefined ? bullet : `${Number(number) + index + 1}${dot}`} `
  const lines = items.slice(0, LIST_ITEMS).map((item, index) => mark(index) + item)
  const core = prefix.decision.core === undefined || broken !== '' ? '' : prefix.decision.core
  const open = /[ \t]$/.test(listed[0]) && broken === ''
  const finished = open ? core || 'an item' : ''
  return `${finished}${broken === '' ? '\n' : ''}${lines.join('\n')}`
}

function sentenceAfter(text: string, { partial, decision, conversation }: Prefix): string {
  const closing = openTags(text)
  const close = (words: string): string => words + closing.map((tag) => `</${tag}>`).join('')
  if (text === '') return close(partial.name === undefined ? decision.text : inTheRoleOf(partial.name, conversation))
  const glue = /[\s([{“"'`>_*#-]$/.test(text) || /\p{Script=Han}$/u.test(text) ? '' : ' '
  if (decision.core !== undefined) {
    const isEnded = /[.!?。！？]\s*$/.test(text)
    return close(
      `${glue}${isEnded ? decision.text : decision.core}${quoteAfter(text)}${isEnded || closing.length > 0 ? '' : fullStop(decision.core)}`,
    )
  }
  if (/[.!?。！？:]["”'’)]*\s*$/.test(text)) {
    return close(
      `${glue}From here on it is moonbase's offline engine that writes: a stand-in, which carries your words on but does not know what comes next.`,
    )
  }
  return close(
    `${glue}… and so on${quoteAfter(text)}, as far as moonbase's offline engine can tell: it carries a sentence to its end, but what belongs here takes a real model.`,
  )
}

function inTheRoleOf(name: string, { asked }: Conversation): string {
  const about = asked.trim() === '' ? '' : ` You said: “${shorten(asked, 200)}”.`
  return `I am ${name}, or at least I play the part: behind the name stands moonbase's offline engine.${about}`
}

/** A quotation mark that the prefix opened and did not close. */
function quoteAfter(text: string): string {
  const line = text.slice(text.lastIndexOf('\n') + 1)
  if ((line.match(/“/g)?.length ?? 0) > (line.match(/”/g)?.length ?? 0)) return '”'
  return (line.match(/"/g)?.length ?? 0) % 2 === 1 ? '"' : ''
}

function fullStop(words: string): string {
  return /[.!?…。]$/.test(words) ? '' : '.'
}

/** Tags such as `<answer>` that are open at the end of the prefix, innermost first. */
function openTags(text: string): string[] {
  const open: string[] = []
  for (const [, slash, name] of text.slice(-TAIL_CHARACTERS).matchAll(/<(\/?)([A-Za-z][\w-]{0,40})>/g)) {
    if (name === undefined) continue
    if (slash === '') open.push(name)
    else if (open.at(-1) === name) open.pop()
  }
  return open.slice(-MAXIMUM_TAGS).toReversed()
}

const MAXIMUM_TAGS = 20
