/**
 * A whole request to a number of tokens: the template, the declaration of tools, images, and the tokenizer.
 *
 * Every round counts another request, all ways in turn, beginning with another one each time. The others' text is compared
 * with ours, and so is their count, but for what images take: no template knows that.
 */

import {
  type Prompt,
  type Tokenizer,
  countPieces,
  declareTools,
  encodePieces,
  promptText,
  renderPrompt,
} from '@moonbase/format'
import type { Tiktoken } from 'tiktoken'
import { conversations } from './conversations.ts'
import { kimiJinja } from './jinja-peer.ts'

export interface CountedConversations {
  /** Of each round's request. */
  readonly tokens: readonly number[]
  /** Milliseconds by round, by the name of the way. */
  readonly ways: ReadonlyMap<string, readonly number[]>
}

type Way = (prompt: Prompt, declaration: string) => unknown

/** The way that the others are compared with. */
export const OUR_COUNT = 'moonbase: template and count'
export const THEIR_COUNT = 'jinja and tiktoken: template and count'

export async function countConversations(
  rounds: number,
  warmUp: number,
  ours: Tokenizer,
  theirs: Tiktoken,
): Promise<CountedConversations> {
  const ways = await waysToCount(ours, theirs)
  const prompts = conversations(warmUp + rounds)
  const times = new Map(ways.map(([name]) => [name, [] as number[]]))
  for (const [round, prompt] of prompts.entries()) {
    const declaration = declareTools(prompt.tools)
    const results = new Map<string, unknown>()
    for (const [name, way] of [...ways.slice(round % ways.length), ...ways.slice(0, round % ways.length)]) {
      const start = performance.now()
      const result = way(prompt, declaration)
      const took = performance.now() - start
      results.set(name, result)
      if (round >= warmUp) times.get(name)?.push(took)
    }
    compare(prompt, results, ours)
  }
  return { ways: times, tokens: prompts.slice(warmUp).map((prompt) => countPieces(renderPrompt(prompt), ours)) }
}

async function waysToCount(ours: Tokenizer, theirs: Tiktoken): Promise<readonly (readonly [string, Way])[]> {
  const own: (readonly [string, Way])[] = [
    [OUR_COUNT, (prompt) => countPieces(renderPrompt(prompt), ours)],
    ['moonbase: template and ids', (prompt) => encodePieces(renderPrompt(prompt), ours).length],
    ['moonbase: template', (prompt) => renderPrompt(prompt).length],
  ]
  const jinja = await kimiJinja()
  if (jinja === undefined) return own
  const render: (...input: Parameters<Way>) => string = ({ messages, thinking }, declaration) =>
    jinja.render({ messages, thinking, declaration })
  return [...own, [THEIR_COUNT, (...input) => theirs.encode(render(...input), 'all').length], [THEIR_TEMPLATE, render]]
}

const THEIR_TEMPLATE = 'jinja: template'

function compare(prompt: Prompt, results: ReadonlyMap<string, unknown>, ours: Tokenizer): void {
  if (!results.has(THEIR_COUNT)) return
  const pieces = renderPrompt(prompt)
  if (results.get(THEIR_TEMPLATE) !== promptText(pieces)) throw new Error('jinja gives another text')
  // Where we count what an image takes, a template has one token.
  const surplus = pieces.reduce((sum, piece) => sum + (piece.type === 'media' ? piece.tokens - 1 : 0), 0)
  if (results.get(THEIR_COUNT) !== countPieces(pieces, ours) - surplus) {
    throw new Error('jinja and tiktoken count otherwise')
  }
}
