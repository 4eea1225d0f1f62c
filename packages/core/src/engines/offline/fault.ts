/** Scripted failures: what happens to an answer on its way. */

import { type Clock, EngineError, type GenerationEvent, engineErrorFromStatus } from '../../generation/index.ts'
import { isChunk } from './pace.ts'
import type { ScenarioFault } from './scenario.ts'

export interface FaultPlace {
  readonly engine: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

export async function* withFault(
  source: AsyncIterable<GenerationEvent>,
  fault: ScenarioFault,
  place: FaultPlace,
): AsyncGenerator<GenerationEvent, void, void> {
  const { engine, clock, signal } = place
  if (fault.delay_first_token_ms !== undefined) await clock.sleep(fault.delay_first_token_ms, signal)
  if (fault.status !== undefined) throw refusal(fault, fault.status, engine)
  const strikes = strikesOf(fault, place)
  let chunks = 0
  for await (const event of source) {
    // A fault that waits for more chunks than there are strikes before the finish, so that it never fails to happen.
    const due = strikes
      .filter(({ after }) => after <= chunks && (isChunk(event) || after === 0))
      .concat(event.type === 'finish' ? strikes : [])
    for (const strike of due) {
      if (!strikes.includes(strike)) continue
      strikes.splice(strikes.indexOf(strike), 1)
      await strike.happen()
    }
    if (isChunk(event)) chunks += 1
    if (fault.no_finish === true && event.type === 'finish') continue
    yield event
  }
  if (fault.missing_done === true)
    throw new EngineError('cut', 'the stream broke behind the finish, as scripted', { engine })
}

interface Strike {
  readonly after: number
  happen(): Promise<void>
}

function strikesOf(fault: ScenarioFault, place: FaultPlace): Strike[] {
  const strikes: Strike[] = []
  const fails = (after: number | undefined, kind: 'cut' | 'protocol', words: string): void => {
    if (after === undefined) return
    strikes.push({
      after,
      happen: () =>
        Promise.reject(new EngineError(kind, `${words} after ${after} chunks, as scripted`, { engine: place.engine })),
    })
  }
  if (fault.silence_after_chunks !== undefined) {
    strikes.push({ after: fault.silence_after_chunks, happen: () => beSilent(fault.for_ms, place) })
  }
  fails(fault.cut_after_chunks, 'cut', 'was cut')
  fails(fault.reset_after_chunks, 'cut', 'the connection was reset')
  fails(fault.malformed_after_chunks, 'protocol', 'sent a chunk that is no JSON')
  return strikes
}

async function beSilent(forMs: number | undefined, { clock, signal }: FaultPlace): Promise<void> {
  if (forMs !== undefined) return clock.sleep(forMs, signal)
  return new Promise((_resolve, reject) => {
    const leave = (): void => reject(new Error('the reader left a silence'))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}

function refusal(fault: ScenarioFault, status: number, engine: string): EngineError {
  return engineErrorFromStatus(engine, status, {
    ...(fault.message === undefined ? {} : { message: fault.message }),
    ...(fault.type === undefined ? {} : { type: fault.type }),
    ...(fault.retry_after === undefined ? {} : { retryAfterMs: fault.retry_after * 1000 }),
  })
}
