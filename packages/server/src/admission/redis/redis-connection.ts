/**
 * One connection to Redis that never makes anybody wait long: scripts are pipelined, a call that is not answered in time fails, and
 * whoever calls while Redis is away is told so at once. It comes back by itself.
 */

import type { Clock } from '@moonbase/core/generation'
import { createClient } from 'redis'
import { LimiterError } from '../limiter.ts'
import { ADMIT, END, RENEW, type Script } from './scripts.ts'

export type Reply = readonly unknown[] | number

export interface RedisConnectionParts {
  readonly url: string
  readonly clock: Pick<Clock, 'now'>
  readonly callTimeoutMs: number
  /** It has come, or has come back. */
  readonly onReady: () => void
  /** Of connections; calls fail by themselves. */
  readonly onFailure: (error: Error) => void
}

interface Call {
  readonly startedAt: number
  readonly fail: (error: LimiterError) => void
  /** Answered, or failed for good. */
  done: boolean
  /** It took too long when it was looked at last. */
  overdue: boolean
  late: boolean
}

/** Beyond, calls fail at once: Redis is too slow for what comes. */
const MOST_UNANSWERED = 10_000
const CONNECT_TIMEOUT_MS = 5_000
/** A connection on which nothing comes for so long is given up. Something comes at least with every heartbeat. */
const SILENCE_MS = 20_000
const LONGEST_PAUSE_MS = 2_000

export class RedisConnection {
  readonly #parts: RedisConnectionParts
  readonly #client: ReturnType<typeof createPlainClient>
  /** Those of the last moments, in the order in which they were made. */
  #calls: Call[] = []
  #unanswered = 0
  /** The scripts are loaded. */
  #ready = false
  #loading = false
  /** A call was not answered in time, and nothing has come since. */
  #silent = false
  #onIdle: (() => void) | undefined

  constructor(parts: RedisConnectionParts) {
    this.#parts = parts
    this.#client = createPlainClient(parts.url)
    const onFailure = (error: Error): void => parts.onFailure(withoutPassword(error, parts.url))
    this.#client.on('error', onFailure)
    this.#client.on('reconnecting', () => {
      this.#ready = false
      this.#onIdle?.()
    })
    this.#client.on('ready', () => void this.#load())
    // Tries for ever; what it says by the event is enough.
    this.#client.connect().catch(onFailure)
  }

  /** Whether a call is likely to be answered. */
  get isUsable(): boolean {
    return this.isConnected && !this.#silent
  }

  /** Whether a call can be sent, though it may not be answered. */
  get isConnected(): boolean {
    return this.#ready && this.#client.isReady && this.#unanswered < MOST_UNANSWERED
  }

  /**
   * `onLate` is given what comes after the call has failed because it took too long.
   *
   * @throws LimiterError
   */
  run(script: Script, words: readonly string[], onLate?: (reply: Reply) => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const call: Call = { startedAt: this.#parts.clock.now(), fail: reject, done: false, overdue: false, late: false }
      this.#calls.push(call)
      this.#unanswered += 1
      const answered = (): void => {
        call.done = true
        this.#unanswered -= 1
        if (this.#unanswered === 0) this.#onIdle?.()
      }
      this.#send(script, words).then(
        (reply) => {
          answered()
          this.#silent = false
          if (call.late) onLate?.(reply)
          else resolve(reply)
          return undefined
        },
        (error: unknown) => {
          answered()
          reject(new LimiterError('Redis did not do what it was asked', { cause: error }))
        },
      )
    })
  }

  /**
   * To be called again and again: fails the calls that took too long, and loads scripts that could not be loaded.
   *
   * A call fails when it is found too long under way twice: if this process stood still meanwhile, what Redis has answered
   * is read in between. A busy gateway would otherwise take Redis for gone, and let in for itself what all share.
   */
  attend(): void {
    void this.#load()
    const latest = this.#parts.clock.now() - this.#parts.callTimeoutMs
    const waiting: Call[] = []
    for (const call of this.#calls) {
      if (call.done || call.late) continue
      if (call.startedAt > latest || !call.overdue) {
        call.overdue = call.startedAt <= latest
        waiting.push(call)
        continue
      }
      call.late = true
      this.#silent = true
      call.fail(new LimiterError(`Redis did not answer within ${this.#parts.callTimeoutMs} ms`))
    }
    this.#calls = waiting
    if (this.#silent) this.#onIdle?.()
  }

  /** Resolves when all calls are answered, or Redis is away. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#unanswered === 0 || !this.isUsable) resolve()
      else this.#onIdle = resolve
    })
  }

  /** Nothing is waited for. */
  close(): void {
    this.#ready = false
    this.#client.destroy()
  }

  async #load(): Promise<void> {
    if (this.#ready || this.#loading || !this.#client.isReady) return
    this.#loading = true
    try {
      // Sent before any call that uses them. Whoever flushes scripts later costs one round trip more.
      await Promise.all([ADMIT, END, RENEW].map(({ text }) => this.#client.sendCommand(['SCRIPT', 'LOAD', text])))
      this.#ready = true
      this.#silent = false
      this.#parts.onReady()
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      this.#parts.onFailure(withoutPassword(failure, this.#parts.url))
    } finally {
      this.#loading = false
    }
  }

  async #send({ sha, text }: Script, words: readonly string[]): Promise<Reply> {
    try {
      return asReply(await this.#client.sendCommand(['EVALSHA', sha, ...words]))
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return asReply(await this.#client.sendCommand(['EVAL', text, ...words]))
    }
  }
}

function createPlainClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 2 * MOST_UNANSWERED,
    maintNotifications: 'disabled',
    // Calls are timed here: one signal and one timer for each command took more than all the rest of it.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: pauseMs,
    },
  })
}

/** Before Redis is looked for again. @param retries so many times in vain already */
export function pauseMs(retries: number): number {
  return Math.min(50 * 2 ** retries, LONGEST_PAUSE_MS)
}

/** Who does not know a command repeats it, and the one that opens a connection holds the password. */
function withoutPassword(error: Error, url: string): Error {
  const { password } = new URL(url)
  const plain = decodeURIComponent(password)
  if (password === '' || !error.message.includes(plain)) return error
  return new Error(error.message.replaceAll(plain, '[hidden]'))
}

function asReply(reply: unknown): Reply {
  if (typeof reply === 'number' || Array.isArray(reply)) return reply
  throw new LimiterError('Redis answered something else than numbers')
}
