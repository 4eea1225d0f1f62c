/** TypeScript, with OpenAI's client. */

import type { ChatContent, ChatMessage, ChatRequest } from '@moonbase/protocol'
import { TYPESCRIPT_STYLE, printEntries, printValue } from './print-value.ts'
import { saidRequest } from './said-request.ts'
import { KEY_VARIABLE, type Spelling } from './spelling.ts'

export const typescript: Spelling = {
  id: 'typescript',
  name: 'TypeScript',
  language: 'typescript',
  tested: { client: 'openai', version: '7.59.0' },
  spell(request, options) {
    const { request: said, notes } = saidRequest(request, options)
    const stream = said.stream === true
    const address = TYPESCRIPT_STYLE.text(`${options.baseUrl}/v1`)
    const headers =
      options.headers === undefined ? '' : `, ${printValue({ headers: options.headers }, TYPESCRIPT_STYLE)}`
    const isKnown = fitsTypes(said)
    const cast = ` as object as OpenAI.ChatCompletionCreateParams${stream ? '' : 'Non'}Streaming`
    const comment = isKnown
      ? ''
      : `// The client sends fields as they stand, also those of Kimi's that its types do not have.\n`
    const source = `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: ${address}, apiKey: process.env.${KEY_VARIABLE} })
${comment}const ${stream ? 'stream' : 'completion'} = await client.chat.completions.create({
${printEntries(Object.entries(said), TYPESCRIPT_STYLE, '  ')}}${isKnown ? '' : cast}${headers})
${stream ? PRINT_STREAM : printWhole((said.tools ?? []).length > 0)}`
    return { source, notes }
  },
}

/** The chunk with the usage alone has no choices. */
const PRINT_STREAM = `for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
`

function printWhole(hasTools: boolean): string {
  const message = 'completion.choices[0]?.message'
  return `console.log(${hasTools ? `${message}.tool_calls ?? ${message}.content` : `${message}.content`})\n`
}

const TYPED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'n',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'response_format',
  'stream',
  'stream_options',
  'prompt_cache_key',
  'safety_identifier',
  'seed',
  'user',
  'store',
  'parallel_tool_calls',
])

/** Whether the client's types take the request as a literal. Rather once too often not: the cast is right for all. */
function fitsTypes(request: ChatRequest): boolean {
  return (
    Object.keys(request).every((name) => TYPED.has(name)) &&
    request.messages.every(fitsMessage) &&
    (request.tools ?? []).every(({ type }) => type === 'function')
  )
}

const TYPED_IN_MESSAGE: Readonly<Record<ChatMessage['role'], readonly string[]>> = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'name', 'tool_calls'],
  tool: ['role', 'content', 'tool_call_id'],
}

function fitsMessage(message: ChatMessage): boolean {
  const typed = TYPED_IN_MESSAGE[message.role]
  if (!Object.keys(message).every((name) => typed.includes(name))) return false
  if (message.role === 'assistant' && (message.tool_calls ?? []).some(({ type }) => type !== 'function')) return false
  return fitsContent(message.content ?? '', message.role === 'user')
}

function fitsContent(content: ChatContent, takesImages: boolean): boolean {
  if (typeof content === 'string') return true
  return content.every(
    (part) => part.type === 'text' || (takesImages && part.type === 'image_url' && typeof part.image_url === 'object'),
  )
}
