/** The other tenant: one who asks a little, one thing after another, and whose patience is measured. */

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { processorWaitMs } from './processor-queue.ts'

export const ASKED = ['health', 'chat', 'estimate'] as const
export type Asked = (typeof ASKED)[number]

export interface Measured {
  /** Milliseconds, in order, without those in which a processor was waited for. */
  readonly times: Readonly<Record<Asked, readonly number[]>>
  /** Replies that were not what they should be. */
  readonly failures: readonly string[]
}

/** Between two questions. */
const PAUSE_MS = 15
const PATIENCE_MS = 20_000
const CLIP = new URL('../../packages/server/src/media/fixtures/clip.mp4', import.meta.url)

/** Long enough that it is counted aside, where everybody's prompts are. */
const PROMPT = 'It was a bright cold day in April, and the clocks were striking thirteen. '.repeat(200)

export class Tenant {
  readonly #url: string
  readonly #key: string
  /** As a client's library keeps its connections. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  readonly #pid: number

  /** @param pid of the server */
  constructor(url: string, key: string, pid: number) {
    this.#pid = pid
    this.#url = url
    this.#key = key
  }

  /** `withVideo`: the estimate is of one that has to be measured. */
  async measure(rounds: number, withVideo: boolean): Promise<Measured> {
    const times: Record<Asked, number[]> = { health: [], chat: [], estimate: [] }
    const failures: string[] = []
    for (let round = 0; round < rounds; round += 1) {
      for (const asked of ASKED) {
        const [began, waited] = [performance.now(), this.#processorWaitMs()]
        const status = await this.#ask(asked, withVideo)
        const [tookMs, waitedMs] = [performance.now() - began, this.#processorWaitMs() - waited]
        times[asked].push(Math.max(tookMs - waitedMs, 0))
        if (status !== 200) failures.push(`${asked}: ${status}`)
        await sleep(PAUSE_MS)
      }
    }
    for (const asked of ASKED) times[asked].sort((one, other) => one - other)
    return { times, failures }
  }

  /** Of the server and of who measures it: while one of them waits, the other does nothing for this request. */
  #processorWaitMs(): number {
    return processorWaitMs(this.#pid) + processorWaitMs(process.pid)
  }

  close(): void {
    this.#agent.destroy()
  }

  #ask(asked: Asked, withVideo: boolean): Promise<number | string> {
    if (asked === 'health') return this.#send('GET', '/health', undefined)
    if (asked === 'chat') return this.#send('POST', '/v1/chat/completions', bodyOf('Hello'))
    return this.#send('POST', '/v1/tokenizers/estimate-token-count', withVideo ? VIDEO_BODY : PROMPT_BODY)
  }

  #send(method: string, path: string, body: string | undefined): Promise<number | string> {
    return new Promise((resolve) => {
      const headers = {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const signal = AbortSignal.timeout(PATIENCE_MS)
      request(`${this.#url}${path}`, { method, headers, agent: this.#agent, signal })
        .on('response', (reply) => reply.resume().on('close', () => resolve(reply.statusCode ?? 0)))
        .on('error', (error) => resolve(error.message))
        .end(body)
    })
  }
}

const bodyOf = (content: unknown): string =>
  JSON.stringify({ model: 'kimi-k2.5', messages: [{ role: 'user', content }], max_completion_tokens: 16 })
const PROMPT_BODY = bodyOf(PROMPT)
const VIDEO_BODY = bodyOf([
  {
    type: 'video_url',
    video_url: { url: `data:video/mp4;base64,${readFileSync(CLIP).toString('base64')}` },
  },
])
