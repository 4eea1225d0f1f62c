/** Long requests as an agent sends them: 200 messages with tools, calls, results, reasoning and images. Each one once. */

import type { Prompt, PromptContent, PromptMessage, PromptTool } from '@moonbase/format'
import { seededRandom } from '../../test/support/every-split.ts'
import { SAMPLE_TEXTS } from './sample-texts.ts'

export const MESSAGES = 200
const TOOLS = 12
const SEED = 20_261_120
const IMAGE = { type: 'image', measured: { width: 1280, height: 720 } } as const

export function conversations(count: number): Prompt[] {
  const random = seededRandom(SEED)
  return Array.from({ length: count }, () => conversation(random))
}

/**
 * A task, then work on it: a question, four turns of calls with their results, an answer. The last stretch is still going
 * on, so that its reasoning is read again.
 */
function conversation(random: () => number): Prompt {
  const messages: PromptMessage[] = [{ role: 'system', content: words(random, 60) }]
  let calls = 0
  while (messages.length < MESSAGES) {
    const place = (messages.length - 1) % 10
    if (place === 0) messages.push({ role: 'user', content: question(random) })
    else if (place === 9) messages.push(answer(random))
    else if (place % 2 === 1) messages.push(work(random, calls))
    else {
      messages.push({ role: 'tool', toolCallId: idOf(calls), content: result(random) })
      calls += 1
    }
  }
  return { messages, tools: TOOL_LIST, thinking: true }
}

function question(random: () => number): PromptContent {
  const text = words(random, 40)
  return random() < 0.3 ? [{ type: 'text', text }, IMAGE] : text
}

function answer(random: () => number): PromptMessage {
  const thought = { reasoning: words(random, 80) }
  return { role: 'assistant', content: words(random, 120), toolCalls: [], partial: false, ...thought }
}

function work(random: () => number, calls: number): PromptMessage {
  const made = { name: nameOf(calls), arguments: JSON.stringify({ path: `src/${calls}.ts`, query: words(random, 8) }) }
  const toolCalls = [{ id: idOf(calls), ...made }]
  return { role: 'assistant', content: words(random, 10), toolCalls, partial: false, reasoning: words(random, 60) }
}

/** What tools give back is more than what people write. */
function result(random: () => number): string {
  const rows = Array.from({ length: 12 }, (_, row) => ({ row, score: random(), text: words(random, 6) }))
  return JSON.stringify(rows, undefined, 2)
}

const nameOf = (call: number): string => `tool_${call % TOOLS}`
const idOf = (call: number): string => `functions.${nameOf(call)}:${call}`

const TOOL_LIST: readonly PromptTool[] = Array.from({ length: TOOLS }, (_, index) => ({
  type: 'function',
  name: nameOf(index),
  description: `Tool number ${index}: reads files, searches in them and says what it found.`,
  parameters: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'Where to look, from the root of the repository on.' },
      query: { type: 'string', description: 'What to look for.', minLength: 1 },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      kinds: { type: 'array', items: { type: 'string', enum: ['code', 'prose', 'data'] } },
      options: { type: 'object', properties: { deep: { type: 'boolean' }, since: { type: 'string' } } },
    },
    required: ['path', 'query'],
  },
}))

const PHRASES = Object.values(SAMPLE_TEXTS).flatMap((text) => text.split(/(?<=[\p{P}\s])/u))

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => PHRASES[Math.floor(random() * PHRASES.length)] ?? '').join('')
}
