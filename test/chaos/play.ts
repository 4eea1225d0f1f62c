/** Plays so many streams, so many at a time, while somebody breaks things, and judges each of them. */

import { Agent } from 'node:http'
import { seededRandom } from '../support/every-split.ts'
import { type ChaosRequest, SHAPES, chaosRequest, sampleOf } from './chaos-request.ts'
import { FAILURES, type Verdict, costOf, judge } from './judge.ts'
import { type StreamSeen, askStrictly } from './strict-client.ts'

export interface PlayPlan {
  readonly server: { readonly url: string; readonly key: string }
  readonly seed: number
  /** To be played to their end; those that the client leaves come on top. */
  readonly streams: number
  readonly concurrency: number
  readonly patienceMs: number
  /** No stream is begun after so many milliseconds. */
  readonly limitMs: number
  /** Called for each chunk that a client gets. */
  readonly onChunk?: () => void
  readonly onProgress?: (tally: Tally) => void
}

export class Tally {
  readonly verdicts = new Map<Verdict, number>()
  /** Streams with a seam, and seams in all. */
  seamed = 0
  seams = 0
  mostSeams = 0
  chunks = 0
  /** Tokens of what was billed, and what the same answers cost undisturbed. */
  billed = 0
  cost = 0
  /** The first of them, in words. */
  readonly errors: string[] = []
  readonly failures: string[] = []

  /** Streams that were not left by their client. */
  get streams(): number {
    let streams = 0
    for (const [verdict, count] of this.verdicts) if (verdict !== 'left') streams += count
    return streams
  }

  count(verdict: Verdict): number {
    return this.verdicts.get(verdict) ?? 0
  }

  add(seen: StreamSeen, { number, answer, shape }: ChaosRequest, promptTokens: number): void {
    const { verdict, why = '' } = judge(seen, answer, promptTokens)
    this.verdicts.set(verdict, this.count(verdict) + 1)
    this.seams += seen.seams
    this.mostSeams = Math.max(this.mostSeams, seen.seams)
    if (seen.seams > 0) this.seamed += 1
    this.chunks += seen.chunks
    // Who leaves between the usage and the end has been billed for a whole answer, and rightly so.
    if (verdict !== 'left') for (const usage of seen.usages) this.billed += usage.total_tokens
    if (verdict === 'complete') this.cost += promptTokens + costOf(answer).completion
    const story = `${verdict}: stream ${number} (${shape}, ${seen.seams} seams): ${why}`
    if (verdict === 'explicit error' && this.errors.length < MOST_TOLD) this.errors.push(story)
    if (FAILURES.has(verdict) && this.failures.length < MOST_TOLD) this.failures.push(story)
  }
}

const MOST_TOLD = 20
/** One client of so many leaves in the middle of its answer. */
const LEAVES_EVERY = 25

export async function play(plan: PlayPlan): Promise<Tally> {
  const { server, seed, streams, concurrency, patienceMs } = plan
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const tally = new Tally()
  const until = performance.now() + plan.limitMs
  const promptTokens = Object.fromEntries(
    await Promise.all(SHAPES.map(async (shape) => [shape, await promptTokensOf(server, sampleOf(shape).body)])),
  ) as Parameters<typeof chaosRequest>[2]
  let next = 0
  let toEnd = 0

  const playOne = async (number: number): Promise<void> => {
    const request = chaosRequest(seed, number, promptTokens)
    const leaving = leavesAfter(seed, number)
    if (leaving === undefined) toEnd += 1
    const onChunk = (seen: StreamSeen): boolean => {
      plan.onChunk?.()
      return seen.chunks === leaving
    }
    const seen = await askStrictly(request.body, { ...server, agent, patienceMs, onChunk })
    // Its answer may have been over before it left.
    if (leaving !== undefined && seen.end !== 'left') toEnd += 1
    tally.add(seen, request, promptTokens[request.shape])
    plan.onProgress?.(tally)
  }
  const client = async (): Promise<void> => {
    for (;;) {
      if (toEnd >= streams || performance.now() > until) return
      const number = next
      next += 1
      await playOne(number)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  agent.destroy()
  return tally
}

function leavesAfter(seed: number, number: number): number | undefined {
  const random = seededRandom(Math.imul(seed + 1, 0x27d4eb2f) ^ Math.imul(number + 1, 0x165667b1))
  return random() < 1 / LEAVES_EVERY ? 1 + Math.floor(random() * 40) : undefined
}

async function promptTokensOf(server: PlayPlan['server'], body: object): Promise<number> {
  const reply = await fetch(`${server.url}/v1/tokenizers/estimate-token-count`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { data } = (await reply.json()) as { data: { total_tokens: number } }
  return data.total_tokens
}

/** Looks until nobody runs any more, or patience ends; then what is left running. */
export async function leftRunning(count: () => Promise<number>, patienceMs: number): Promise<number> {
  const until = performance.now() + patienceMs
  for (;;) {
    const running = await count()
    if (running === 0 || performance.now() > until) return running
    await new Promise((resolve) => setImmediate(resolve))
  }
}
