/** Variation without chance: a number that depends on what was asked, and on nothing else. */

import { type GenerationRequest, textOf } from '../../generation/index.ts'

/** Characters of each message that count. Enough to tell conversations apart, few enough for a prompt of any size. */
const SAMPLE_CHARACTERS = 2048

/**
 * The same for the same conversation, whatever the budget, the stop strings or the thinking: an answer that was cut by
 * its budget goes on as the very answer it was. A partial message is not counted, because it is part of the answer.
 */
export function requestHash(request: GenerationRequest, choice: number): number {
  const { seed } = request.extra
  let hash = mix(OFFSET, typeof seed === 'number' ? `${choice}|${seed}` : `${choice}`)
  for (const message of request.messages) {
    if (message.role === 'assistant' && message.partial) continue
    const text = textOf(message.content)
    hash = mix(hash, `${message.role}|${text.length}|${text.slice(0, SAMPLE_CHARACTERS)}`)
  }
  return hash
}

/** One of `options`, chosen by `hash`; `salt` keeps choices of one answer apart. */
export function pick<Option>(options: readonly [Option, ...Option[]], hash: number, salt: string): Option {
  return options[mix(hash, salt) % options.length] ?? options[0]
}

// FNV-1a over UTF-16 units, 32 bits.
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

function mix(hash: number, text: string): number {
  let mixed = hash
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), PRIME)
  // The low bits of a product move little, and they are the ones that a choice among few options uses.
  return (mixed ^ (mixed >>> 15)) >>> 0
}
