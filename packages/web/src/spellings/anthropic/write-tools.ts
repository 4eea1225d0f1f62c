/** Tools and the choice among them, as the Messages API has them. */

import { type ChatRequest, type ChatToolChoice, isFields } from '@moonbase/protocol'
import type { NoteTaker } from './note-taker.ts'

export function writeTools({ tools }: ChatRequest, notes: NoteTaker): readonly object[] {
  return (tools ?? []).flatMap((tool, index): object[] => {
    if (tool.type !== 'function') {
      notes.leftOut(`tools.${index}`, NO_BUILTIN)
      return []
    }
    const { name, description, parameters, strict } = tool.function
    return [
      {
        name,
        ...(description ? { description } : {}),
        input_schema: isFields(parameters) ? parameters : { type: 'object', properties: {} },
        ...(typeof strict === 'boolean' ? { strict } : {}),
      },
    ]
  })
}

/** `undefined` where nothing is to be said: the model chooses. */
export function writeToolChoice(
  { tool_choice: choice, parallel_tool_calls: parallel }: ChatRequest,
  notes: NoteTaker,
): object | undefined {
  const isSingle = parallel === false
  if (typeof parallel === 'boolean') notes.instead('parallel_tool_calls', isSingle ? ONE_AT_MOST : AS_MANY)
  const said = choice === undefined || choice === null ? undefined : choiceOf(choice)
  if (!isSingle) return said
  return { ...(said ?? { type: 'auto' }), ...(choice === 'none' ? {} : { disable_parallel_tool_use: true }) }
}

function choiceOf(choice: ChatToolChoice): object {
  switch (choice) {
    case 'auto':
    case 'none':
      return { type: choice }
    case 'required':
      return { type: 'any' }
    default:
      return { type: 'tool', name: choice.function.name }
  }
}

const NO_BUILTIN = {
  en: 'The Messages API has no tools that the platform runs by itself.',
  zh: 'Messages API 没有由平台自己执行的工具。',
} as const

const ONE_AT_MOST = {
  en: 'disable_parallel_tool_use says it here, and the server gives out one call at most: in chat completions it is a hint to the engine.',
  zh: '这里写作 disable_parallel_tool_use，服务器最多给出一次调用；在 chat completions 里它只是给引擎的提示。',
} as const

const AS_MANY = {
  en: 'Calls in parallel are allowed here unless they are switched off: nothing has to be said.',
  zh: '这里默认允许并行调用，不用写。',
} as const
