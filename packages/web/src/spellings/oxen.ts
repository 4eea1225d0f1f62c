/** Oxen's inference API, by cURL: what its own workbench has people copy. */

import type { ChatRequest } from '@moonbase/protocol'
import { curlCall } from './quote-shell.ts'
import { saidRequest } from './said-request.ts'
import type { Spelling, SpellingNote } from './spelling.ts'

/** Oxen's names for models that have another one here. Source: its model page; `core`'s Oxen dialect reads the same. */
const NAMES: Readonly<Record<string, string>> = { 'kimi-k2.5': 'moonshotai-kimi-k2-5' }

/** The fields that its documentation names. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'target_namespace',
])
const DOCUMENTED_IN_MESSAGES: ReadonlySet<string> = new Set(['role', 'content', 'name', 'tool_call_id', 'tool_calls'])

export const oxen: Spelling = {
  id: 'oxen',
  name: 'Oxen',
  language: 'shell',
  tested: { client: 'curl' },
  spell(request, options) {
    const { request: said, notes } = saidRequest(request, options)
    const body = renamed(said)
    const url = `${options.baseUrl}/api/ai/chat/completions`
    const source = curlCall({ url, body, stream: body.stream === true, headers: options.headers })
    const unknown = undocumented(body)
    return { source, notes: unknown.length === 0 ? notes : [...notes, mayNotPass(unknown)] }
  },
}

/** Its one name for the budget is the older one of this API, which takes both and reads the newer first. */
function renamed(said: ChatRequest): ChatRequest {
  const renaming: Readonly<Record<string, string>> = { max_completion_tokens: 'max_tokens' }
  const model = Object.hasOwn(NAMES, said.model) ? NAMES[said.model] : said.model
  const entries = Object.entries({ ...said, model })
    .filter(([name]) => name !== 'max_tokens' || said.max_completion_tokens === undefined)
    .map(([name, value]) => [Object.hasOwn(renaming, name) ? (renaming[name] ?? name) : name, value] as const)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- two budgets are of one type
  return Object.fromEntries(entries) as ChatRequest
}

function undocumented({ messages, ...fields }: ChatRequest): string[] {
  const names = Object.keys(fields).filter((name) => !DOCUMENTED.has(name))
  const inMessages = messages.flatMap((message) =>
    Object.keys(message).filter((name) => !DOCUMENTED_IN_MESSAGES.has(name)),
  )
  return [...names, ...new Set(inMessages)]
}

function mayNotPass(names: readonly string[]): SpellingNote {
  return {
    kind: 'hint',
    field: '',
    words: {
      en: `moonbase reads ${names.join(', ')} here too. Oxen’s documentation does not name ${names.length === 1 ? 'it' : 'them'}: its hub may read it otherwise.`,
      zh: `moonbase 在这里也接受 ${names.join('、')}。Oxen 的文档没有提到，它的服务器可能另作处理。`,
    },
  }
}
