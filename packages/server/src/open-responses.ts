/** What the Responses API needs beside the way to an answer: where responses are kept, who runs in the background, who seals. */

import { randomBytes } from 'node:crypto'
import type { Clock } from '@moonbase/core/generation'
import type { Documents } from './documents/documents.ts'
import { BackgroundResponses } from './responses/background-responses.ts'
import { ReasoningSeals } from './responses/reasoning-seal.ts'
import { MEMORY_LIMITS, ResponseStore } from './responses/response-store.ts'
import { openServerSecret } from './documents/server-secret.ts'
import type { OpenLog } from './telemetry/open-log.ts'

interface OpenResponses {
  readonly store: ResponseStore
  readonly background: BackgroundResponses
  /** @throws LedgerError where the store is away */
  readonly seals: () => Promise<ReasoningSeals>
}

interface ResponsesParts {
  readonly clock: Clock
  readonly log: OpenLog['log']
  /** Documents are gone with the process, and have little room. */
  readonly inMemory: boolean
  /** Asked each time: a reload changes it. */
  readonly keepDays: () => number
}

const DAY_MS = 86_400_000

/** The secret is asked for with the first request, and again with the next one where the store was away: a start that reads nothing starts no reader. */
export function openResponses(documents: Documents, { clock, log, inMemory, keepDays }: ResponsesParts): OpenResponses {
  const now = (): number => clock.now()
  let opened: Promise<ReasoningSeals> | undefined
  const openSeals = async (): Promise<ReasoningSeals> => {
    try {
      return new ReasoningSeals(await openServerSecret(documents, 'reasoning', randomBytes, now()))
    } catch (error) {
      opened = undefined
      throw error
    }
  }
  const keepMs = (): number => keepDays() * DAY_MS
  const store = new ResponseStore({ documents, now, keepMs, ...(inMemory ? { limits: MEMORY_LIMITS } : {}) })
  const onProblem = (problem: string, cause: unknown): void => log.error({ reason: String(cause) }, problem)
  const background = new BackgroundResponses({ documents, store, clock, onProblem })
  return { store, background, seals: () => (opened ??= openSeals()) }
}
