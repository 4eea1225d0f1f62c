/**
 * An upstream with the cache of an inference engine: it keeps the blocks of the prompts that it has read, forgets those
 * that were not used for longest, and reports truthfully how much of a prompt it already had.
 *
 * It answers whole chat completions on 127.0.0.1, and each of them only when the test lets go of it. What it answers
 * depends on the prompt alone, so that a conversation goes the same way wherever it is sent.
 */

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { once } from './eventually.ts'
import { seededRandom } from './every-split.ts'

/** 16 tokens of 4 characters: the block of vLLM. */
const BLOCK_CHARACTERS = 64
const TOKEN_CHARACTERS = 4

export interface BlockCacheUpstream extends AsyncDisposable {
  /** What stands before `/chat/completions`. */
  readonly url: string
}

/** @param arrived is told of each request when its prompt has been read, with what lets go of the answer. */
export async function openBlockCacheUpstream(
  blocks: number,
  arrived: (release: () => void) => void,
): Promise<BlockCacheUpstream> {
  const cache = new BlockCache(blocks)
  const server = createServer((request, response) => {
    answer(request, response, cache, arrived).catch((error: unknown) => response.destroy(asError(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Blocks by all that stands before them and what they say, like those of vLLM's prefix cache. */
export class BlockCache {
  readonly #most: number
  /** Every block ever seen gets a number, by the number of the block before it and its text. */
  readonly #numbers = new Map<string, number>()
  /** The blocks that are held, the one that was used longest ago first. */
  readonly #held = new Set<number>()

  /** `most` blocks are held. */
  constructor(most: number) {
    this.#most = most
  }

  /** How many characters of it were held already; now all whole blocks of it are. */
  read(prompt: string): number {
    const blocks: number[] = []
    let hits = 0
    for (let at = 0; at + BLOCK_CHARACTERS <= prompt.length; at += BLOCK_CHARACTERS) {
      const block = this.#numberOf(blocks.at(-1) ?? -1, prompt.slice(at, at + BLOCK_CHARACTERS))
      if (hits === blocks.length && this.#held.has(block)) hits += 1
      blocks.push(block)
    }
    // The end of a prompt is forgotten before its beginning.
    for (const block of blocks.toReversed()) {
      this.#held.delete(block)
      this.#held.add(block)
    }
    for (const block of this.#held) {
      if (this.#held.size <= this.#most) break
      this.#held.delete(block)
    }
    return hits * BLOCK_CHARACTERS
  }

  #numberOf(before: number, text: string): number {
    const key = `${before} ${text}`
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(key, number)
    }
    return number
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  cache: BlockCache,
  arrived: (release: () => void) => void,
): Promise<void> {
  const pieces: string[] = []
  request.setEncoding('utf8')
  for await (const piece of request) pieces.push(String(piece))
  const { model, messages } = JSON.parse(pieces.join('')) as ChatBody
  const prompt = `${messages.map(({ role, content }) => `<${role}>${content}`).join('')}<assistant>`
  const cached = cache.read(prompt)
  await new Promise<void>((resolve) => arrived(resolve))
  const content = replyTo(prompt)
  // What it generated is in its cache as well.
  cache.read(prompt + content)
  const usage = {
    prompt_tokens: Math.ceil(prompt.length / TOKEN_CHARACTERS),
    completion_tokens: Math.ceil(content.length / TOKEN_CHARACTERS),
    prompt_tokens_details: { cached_tokens: cached / TOKEN_CHARACTERS },
  }
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ id: 'chat', object: 'chat.completion', created: 1, model, choices, usage }))
}

interface ChatBody {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

const SHORTEST_REPLY_WORDS = 30
const LONGEST_REPLY_WORDS = 250

function replyTo(prompt: string): string {
  let seed = prompt.length
  for (let at = 0; at < prompt.length; at += 1) seed = Math.imul(seed ^ prompt.charCodeAt(at), 0x01000193)
  const random = seededRandom(seed)
  return randomWords(random, SHORTEST_REPLY_WORDS, LONGEST_REPLY_WORDS)
}

/** About six characters each. */
export function randomWords(random: () => number, fewest: number, most: number): string {
  const words = fewest + Math.floor(random() * (most - fewest))
  return Array.from({ length: words }, () => Math.floor(random() * 36 ** 5).toString(36)).join(' ')
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
