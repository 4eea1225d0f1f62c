/** What a replica of the chaos play is, whether it runs in this process or in one of its own. */

import { seededRandom } from '../support/every-split.ts'
import type { ModelUpstreamOptions, UpstreamFault } from '../support/model-upstream.ts'
import { answerTo, keyOf } from './chaos-request.ts'

export interface Replica {
  readonly url: string
  /** All its connections are reset and nobody answers, until `revive`. */
  kill(): Promise<void>
  revive(): Promise<void>
  /** It keeps its connections and says nothing more, until `resume`. */
  stall(): Promise<void>
  resume(): Promise<void>
  report(): Promise<ReplicaReport>
  close(): Promise<void>
}

export interface ReplicaReport {
  /** Requests that it is still answering. */
  readonly running: number
  /** Requests that asked it to go on from what is no beginning of the answer, a few of them in words. */
  readonly strays: readonly string[]
}

/** One request of so many fails by itself, beside all that is done to its replica. */
const FAULT_EVERY = 25

/** A host of the model that answers as the request's number says. `note` is told of strays. */
export function replicaOptions(note: (stray: string) => void): ModelUpstreamOptions {
  return {
    answer: answerTo,
    chunk: 9,
    remembers: false,
    tokens: 'bytes',
    promptTokens: (body) => keyOf(body).promptTokens,
    fault: (count, body) => {
      const { seed, number } = keyOf(body)
      return faultOf(seededRandom(Math.imul(seed + 1, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35) ^ count))
    },
    onStray: (given, whole) =>
      note(`given ${JSON.stringify(given.slice(-60))}, whole ${JSON.stringify(whole.slice(0, 60))}`),
  }
}

const ENDINGS = ['cut', 'reset', 'end', 'stall', 'malformed', 'error', 'half-character'] as const

function faultOf(random: () => number): UpstreamFault | undefined {
  if (random() >= 1 / FAULT_EVERY) return undefined
  const choice = random()
  if (choice < 0.1) return { status: 503 }
  if (choice < 0.2) return { status: 429, headers: { 'retry-after': '0' } }
  if (choice < 0.3) return { before: 'reset' }
  if (choice < 0.4) return { after: 'finish' }
  const how = ENDINGS[Math.floor(random() * ENDINGS.length)] ?? 'cut'
  return { after: Math.floor(random() * 60), how }
}
