/** The messages of a prompt: what an agent's history looks like at a given length, and what a chat's does. */

import { type Scene, markerOf } from '../script.ts'
import { TOOL_NAMES } from './agent-tools.ts'
import { freshPlaces } from './fresh-words.ts'
import type { Material } from './material.ts'
import type { AgentPrompt, ChatPrompt } from './prompt.ts'

/** So many messages from one task to the next: the task, nine calls with their results, the answer. */
const TASK_MESSAGES = 20
/** New in each request: a paragraph at its end, a sentence in the message before it, a few words in the one before that. */
const FRESH = { end: 60, before: 12, earlier: 6 }
/** Of a small request less is new. */
const BYTES_OF_A_FRESH_WORD = 50
/** Of the body: instructions do not grow with the history. */
const SYSTEM_SHARE = 0.06
/** How much longer some texts are than others: the result of a tool against one thought. */
const SHARES = { task: 1.2, answer: 2, thought: 0.9, remark: 0.25, result: 3.4, said: 1 }

/** `unit` is the number of characters that a share of one has. */
export function agentMessages(
  { bytes, messages: count, tools }: AgentPrompt,
  unit: number,
  material: Material,
  scene: Scene,
): object[] {
  const messages: object[] = [{ role: 'system', content: material.markdown(bytes * SYSTEM_SHARE) }]
  for (let index = 1, call = 0; index < count; index++) {
    const place = (index - 1) % TASK_MESSAGES
    const left = count - 1 - index
    if (place === 0) {
      messages.push({ role: 'user', content: material.task(SHARES.task * unit) })
    } else if (place === TASK_MESSAGES - 1) {
      messages.push({ role: 'assistant', content: material.markdown(SHARES.answer * unit) })
    } else if (place % 2 === 1) {
      messages.push(calling(call, tools, unit, material, left === 1 ? ` ${freshPlaces(FRESH.before)}` : ''))
    } else {
      const end = left === 0 ? endOf(bytes, scene) : left === 2 ? ` ${freshPlaces(FRESH.earlier)}` : ''
      const content = material.toolResult(SHARES.result * unit * (0.4 + (1.2 * (call % 7)) / 6)) + end
      messages.push({ role: 'tool', tool_call_id: idOf(call, tools), content })
      call++
    }
  }
  return messages
}

/** A system prompt, then question and answer, and a question at the end. */
export function chatMessages(
  { bytes, messages: count }: ChatPrompt,
  unit: number,
  material: Material,
  scene: Scene,
): object[] {
  const messages: object[] = [{ role: 'system', content: material.prose(SHARES.said * unit) }]
  while (messages.length < count - 1) {
    const asked = messages.length % 2 === 1
    const content = asked ? material.task(SHARES.said * unit) : material.markdown(SHARES.said * unit)
    messages.push({ role: asked ? 'user' : 'assistant', content })
  }
  messages.push({ role: 'user', content: material.code(SHARES.said * unit) + endOf(bytes, scene) })
  return messages
}

function calling(call: number, tools: number, unit: number, material: Material, fresh: string): object {
  const made = { path: material.path(), query: material.name(), limit: 10 * call }
  const name = nameOf(call, tools)
  return {
    role: 'assistant',
    content: material.prose(SHARES.remark * unit),
    reasoning_content: material.prose(SHARES.thought * unit) + fresh,
    tool_calls: [{ id: idOf(call, tools), type: 'function', function: { name, arguments: JSON.stringify(made) } }],
  }
}

/** The marker by which the upstream knows what to answer, among words that nobody has said before. */
function endOf(bytes: number, scene: Scene): string {
  return `\n${markerOf(scene)} ${freshPlaces(Math.min(FRESH.end, Math.floor(bytes / BYTES_OF_A_FRESH_WORD)))}`
}

function nameOf(call: number, tools: number): string {
  return TOOL_NAMES[call % tools] ?? ''
}

/** As this model makes them: the tool's name and a running number. */
function idOf(call: number, tools: number): string {
  return `functions.${nameOf(call, tools)}:${call}`
}
