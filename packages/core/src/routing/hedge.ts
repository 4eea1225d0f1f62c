/**
 * A second replica is asked when the first is slow to begin: the first token wins, and the other one is stopped.
 *
 * Only before the first token, and never for a request whose answer does something by itself: a tool that the platform
 * runs must not run twice. Tools that the client runs are no such thing, for it sees one answer. A lost hedge says nothing
 * about its replica; what it cost comes out of the same budget as retries, so hedging cannot double the load of engines
 * that are slow because they are full.
 */

import { type Clock, EngineError, type GenerationRequest } from '../generation/index.ts'
import type { Attempt } from './attempt.ts'

/** Whether asking twice does no harm. */
export function mayHedge({ tools }: GenerationRequest): boolean {
  return tools.every(({ type }) => type === 'function')
}

export interface HedgeOptions {
  /** Milliseconds without a first token. */
  readonly afterMs: number
  readonly clock: Clock
  /** Asks somebody else; `undefined` where there is nobody. */
  readonly second: () => Attempt | undefined
  /** One of two is out: it has failed so, or has lost. It is to be closed. */
  readonly lost: (attempt: Attempt, failure: EngineError | undefined) => void
}

/**
 * The attempt that counts; its first step has been asked for. When both have failed it is the one that failed last, and
 * when the first fails before the second was asked it is the first: that is a retry, and no matter of hedging.
 */
export async function hedge(first: Attempt, { afterMs, clock, second, lost }: HedgeOptions): Promise<Attempt> {
  const one = ending(first)
  const timer = new AbortController()
  const waited = clock.sleep(afterMs, timer.signal).then(
    () => undefined,
    () => undefined,
  )
  const early = await Promise.race([one, waited])
  timer.abort(DECIDED)
  const other = early === undefined ? second() : undefined
  if (other === undefined) return first
  const two = ending(other)
  const { attempt, failure } = await Promise.race([one, two])
  const rival = attempt === first ? other : first
  if (failure === undefined) {
    lost(rival, undefined)
    return attempt
  }
  lost(attempt, failure)
  return rival
}

const DECIDED = new Error('it is decided')

interface Ending {
  readonly attempt: Attempt
  /** Absent when the first token has come. */
  readonly failure: EngineError | undefined
}

/** Never rejects. */
async function ending(attempt: Attempt): Promise<Ending> {
  try {
    const { done } = await attempt.first()
    return { attempt, failure: done === true ? attempt.failure(tooEarly(attempt)) : undefined }
  } catch (error) {
    return { attempt, failure: attempt.failure(error) }
  }
}

function tooEarly({ replica }: Attempt): EngineError {
  return new EngineError('cut', 'ended before it said anything', { engine: replica.engine.name })
}
