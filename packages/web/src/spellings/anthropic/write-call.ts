/** A call of a tool, whose arguments are a text on the wire of chat completions and an object in the Messages API. */

import { type ChatToolCall, isFields } from '@moonbase/protocol'
import type { NoteTaker } from './note-taker.ts'

/** The one member of an object that holds arguments which are none: the provider of this API tells clients to use it. */
const INVALID = 'INVALID_JSON'

export function writeCall({ id, function: called }: ChatToolCall, at: string, notes: NoteTaker): object {
  return { type: 'tool_use', id, name: called.name, input: inputOf(called.arguments, at, notes) }
}

function inputOf(written: string | null | undefined, at: string, notes: NoteTaker): object {
  const text = written ?? ''
  if (text.trim() === '') return {}
  const value = parsed(text)
  if (isFields(value) && !(INVALID in value)) {
    const again = JSON.stringify(value)
    if (again === text) return value
    if (again === withoutSpace(text)) {
      notes.instead(`${at}.function.arguments`, WITHOUT_SPACE)
      return value
    }
  }
  notes.instead(`${at}.function.arguments`, AS_THEY_STAND)
  return { [INVALID]: text }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The model's own fault: it goes on as what it is.
    return undefined
  }
}

function withoutSpace(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, text: string | undefined) => text ?? '')
}

const WITHOUT_SPACE = {
  en: 'Arguments are an object here: the white space between its members is lost.',
  zh: '这里的参数是对象：成员之间的空白不保留。',
} as const

const AS_THEY_STAND = {
  en: `They would not come back as the same text out of an object: they stand in ${INVALID} as they are, which moonbase reads again.`,
  zh: `写成对象就无法还原成同样的文本：原样放在 ${INVALID} 里，moonbase 会照原样读回。`,
} as const
