/** An answer in the pieces of the wire: of a chat, of raw output, and folded into a whole reply. */

import { type ModelAnswer, rawGivenOf, rawOutputOf } from './model-answer.ts'
import type { ModelUpstreamOptions } from './options.ts'

export type Delta = Readonly<Record<string, unknown>>

export function event(chunk: object): string {
  return `data: ${JSON.stringify({ id: 'up', object: 'chat.completion.chunk', created: 1, model: 'up', ...chunk })}\n\n`
}

export function chatDeltas(
  answer: ModelAnswer,
  given: ModelAnswer | undefined,
  options: ModelUpstreamOptions,
): Delta[] {
  const { chunk = 7, reasoningField = 'reasoning_content', repeatsPrefix = false, onStray } = options
  const behind = (whole: string, prefix: string): string => {
    const follows = whole.startsWith(prefix)
    if (!follows) onStray?.(prefix, whole)
    return repeatsPrefix || !follows ? whole : whole.slice(prefix.length)
  }
  const thinks = given === undefined || given.text === ''
  const deltas: Delta[] = []
  const add = (delta: object): number => deltas.push({ index: 0, delta, finish_reason: null })
  const reasoning = thinks ? behind(answer.reasoning, given?.reasoning ?? '') : ''
  for (const piece of piecesOf(reasoning, chunk)) add({ [reasoningField]: piece })
  for (const piece of piecesOf(behind(answer.text, given?.text ?? ''), chunk)) add({ content: piece })
  for (const [index, { name, arguments: text }] of answer.calls.entries()) {
    add({
      tool_calls: [{ index, id: `functions.${name}:${index}`, type: 'function', function: { name, arguments: '' } }],
    })
    for (const piece of piecesOf(text, chunk)) add({ tool_calls: [{ index, function: { arguments: piece } }] })
  }
  return deltas
}

/** The rest of the raw output behind what the prompt holds of it. */
export function rawDeltas(
  answer: ModelAnswer,
  prompt: string,
  { chunk = 7, repeatsPrefix = false, onStray }: ModelUpstreamOptions,
): Delta[] {
  const whole = rawOutputOf(answer)
  const given = rawGivenOf(prompt)
  if (!whole.startsWith(given)) onStray?.(given, whole)
  const rest = repeatsPrefix || !whole.startsWith(given) ? whole : whole.slice(given.length)
  return piecesOf(rest, chunk).map((text) => ({ index: 0, text, finish_reason: null }))
}

/** By characters, so that no piece holds half of one. */
function piecesOf(text: string, size: number): string[] {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  return pieces
}

export function wholeReply(deltas: readonly Delta[], finish: string, usage: object): object {
  const message: Record<string, unknown> = { role: 'assistant', content: '' }
  const calls: { index: number; function: { arguments: string } }[] = []
  for (const { delta } of deltas) {
    for (const [name, value] of Object.entries(delta as Record<string, unknown>)) {
      if (name !== 'tool_calls') {
        const before = message[name]
        message[name] = (typeof before === 'string' ? before : '') + String(value)
        continue
      }
      const [piece] = value as { index: number; function: { arguments: string } }[]
      if (piece === undefined) continue
      const known = calls[piece.index]
      if (known === undefined) calls[piece.index] = structuredClone(piece)
      else known.function.arguments += piece.function.arguments
    }
  }
  if (calls.length > 0) message['tool_calls'] = calls
  return {
    id: 'up',
    object: 'chat.completion',
    created: 1,
    model: 'up',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage,
  }
}
