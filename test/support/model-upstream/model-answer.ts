/** What the model has to say, what it is asked, and what of the answer stands in the question already. */

/** What the model says, all of it. */
export interface ModelAnswer {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
}

export interface ChatBody {
  readonly model?: string
  readonly prompt?: string
  readonly stream?: boolean
  readonly messages?: readonly {
    readonly role: string
    readonly content?: unknown
    readonly reasoning_content?: string
    readonly partial?: boolean
  }[]
  readonly continue_final_message?: boolean
}

/** The answer as the model writes it behind the open `<think>` of its prompt. */
export function rawOutputOf({ reasoning, text, calls }: ModelAnswer): string {
  if (calls.length === 0) return `${reasoning}</think>${text}`
  const section = calls.map(
    ({ name, arguments: given }, index) =>
      `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${given}<|tool_call_end|>`,
  )
  return `${reasoning}</think>${text}<|tool_calls_section_begin|>${section.join('')}<|tool_calls_section_end|>`
}

/** What the request asks to go on from, as the model would have written it; `undefined` without such a thing. */
export function prefixOf({ prompt, messages = [], continue_final_message: goesOn }: ChatBody): ModelAnswer | undefined {
  if (prompt !== undefined) return undefined
  const last = messages.at(-1)
  if (last?.role !== 'assistant' || (last.partial !== true && goesOn !== true)) return undefined
  return {
    reasoning: last.reasoning_content ?? '',
    text: typeof last.content === 'string' ? last.content : '',
    calls: [],
  }
}

/** What the request asks to go on from, in its parts. */
export function givenOf(body: ChatBody): ModelAnswer {
  if (body.prompt === undefined) return prefixOf(body) ?? { reasoning: '', text: '', calls: [] }
  const raw = rawGivenOf(body.prompt)
  const thought = raw.indexOf(END_OF_THOUGHT)
  if (thought === -1) return { reasoning: raw, text: '', calls: [] }
  const [text = '', ...calls] = raw.slice(thought + END_OF_THOUGHT.length).split('<|tool_call_begin|>functions.')
  return {
    reasoning: raw.slice(0, thought),
    text: text.replace('<|tool_calls_section_begin|>', ''),
    calls: calls.map((call) => {
      const [head = '', written = ''] = call.split('<|tool_call_argument_begin|>')
      const [name = ''] = head.split(':')
      const [given = ''] = written.split('<|tool_call_end|>')
      return { name, arguments: given }
    }),
  }
}

const END_OF_THOUGHT = '</think>'

export function rawGivenOf(prompt: string): string {
  const opening = '<|im_assistant|>assistant<|im_middle|><think>'
  const at = prompt.lastIndexOf(opening)
  return at === -1 ? '' : prompt.slice(at + opening.length)
}
