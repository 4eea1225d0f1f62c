/** The fields of a request that a program has to say: those that differ from what the server fills in, or all of them. */

import { type ChatMessage, type ChatRequest, type Model, findModel } from '@moonbase/protocol'

/** As people write a request: who is asked, what is said, then how the answer is to be. Others follow as they came. */
const ORDER = [
  'model',
  'messages',
  'tools',
  'tool_choice',
  'thinking',
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
] as const

/** Without what is `null` or left out, which this API takes for the same, and in the order above. */
export function whatDiffers(request: ChatRequest, everything: boolean): ChatRequest {
  const defaults = defaultsOf(request)
  const said = new Map(Object.entries(request).filter(([, value]) => (value ?? null) !== null))
  if (everything) {
    for (const [name, value] of defaults) if (!said.has(name)) said.set(name, value)
  } else {
    for (const [name, value] of said) if (isDefault(name, value, defaults)) said.delete(name)
  }
  said.set('messages', request.messages.map(withoutNothing))
  const first = ORDER.filter((name) => said.has(name)).map((name) => [name, said.get(name)] as const)
  const others = [...said].filter(([name]) => !(ORDER as readonly string[]).includes(name))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its fields are the request's own, and defaults of the same types
  return Object.fromEntries([...first, ...others]) as ChatRequest
}

/** Whether the model thinks before it answers: by the request's switch, of which there are four spellings, else as it does by itself. */
export function isThinking(request: ChatRequest, model = findModel(request.model)): boolean {
  if (model !== undefined && model.thinking !== 'switch') return model.thinking === 'always'
  const { thinking, chat_template_kwargs: kwargs, reasoning_effort: effort } = request
  if (thinking) return thinking.type === 'enabled'
  return kwargs?.thinking ?? kwargs?.enable_thinking ?? (effort ? effort !== 'none' : true)
}

function namesSwitch({ thinking, chat_template_kwargs: kwargs, reasoning_effort: effort }: ChatRequest): boolean {
  return [thinking, kwargs?.thinking, kwargs?.enable_thinking, effort].some((said) => (said ?? null) !== null)
}

/** What the server fills in where nothing is said. Of a model that the catalogue does not know it is not known here. */
function defaultsOf(request: ChatRequest): ReadonlyMap<string, unknown> {
  const model = findModel(request.model)
  const defaults = new Map<string, unknown>([
    ['stream', false],
    ['response_format', { type: 'text' }],
  ])
  if (request.stream) defaults.set('stream_options', { include_usage: false })
  if ((request.tools ?? []).length > 0) defaults.set('tool_choice', 'auto')
  if (model === undefined) return defaults
  const thinking = isThinking(request, model)
  // Beside another spelling of the switch it would be said twice.
  if (model.thinking === 'switch' && !namesSwitch({ ...request, thinking: null })) {
    defaults.set('thinking', { type: 'enabled' })
  }
  const budgets = (['max_tokens', 'max_completion_tokens'] as const).filter((name) => (request[name] ?? null) !== null)
  // Of two, one is read and the other one hides what is read without it: both stay.
  if (budgets.length < 2 && (budgets.length === 1 || hasRoom(request, model))) {
    defaults.set(budgets[0] ?? 'max_completion_tokens', model.defaultMaxTokens)
  }
  for (const [name, rule] of Object.entries(thinking ? model.sampling.thinking : model.sampling.instant)) {
    defaults.set(name, 'fixed' in rule ? rule.fixed : rule.default)
  }
  return defaults
}

/** Said, the budget must fit beside the prompt; unsaid, it is what fits. No character has more than three tokens. */
function hasRoom({ messages, tools }: ChatRequest, { contextLength, defaultMaxTokens }: Model): boolean {
  return 3 * JSON.stringify([messages, tools]).length <= contextLength - defaultMaxTokens
}

function isDefault(name: string, value: unknown, defaults: ReadonlyMap<string, unknown>): boolean {
  if ((name === 'tools' || name === 'stop') && Array.isArray(value)) return value.length === 0
  if (name === 'partial') return value === false
  if (name === 'tool_choice' && value === 'auto') return true
  return defaults.has(name) && JSON.stringify(value) === JSON.stringify(defaults.get(name))
}

/** A message without fields that say nothing. An empty `reasoning_content` is something: a thought that was sent. */
function withoutNothing(message: ChatMessage): ChatMessage {
  const kept = Object.entries(message).filter(([name, value]) => {
    if ((value ?? null) === null) return false
    if (name === 'partial') return value !== false
    return !(name === 'tool_calls' && Array.isArray(value) && value.length === 0)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the message says is kept
  return Object.fromEntries(kept) as unknown as ChatMessage
}
