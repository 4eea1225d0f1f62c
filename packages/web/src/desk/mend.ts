/** What a failure's button does to the request, before it is run again. */

import type { Remedy, TurnId, WorkError } from '../conversation/index.ts'
import { change, readSettings } from '../request/settings.ts'
import { DEFAULT_LIMIT, type DeskWork } from './desk.ts'

/** Shortest that an answer is cut down to for want of money, in tokens. */
const SHORTEST = 256

type Mends = Partial<Record<Remedy, () => void>>

export function mend(work: DeskWork, turn: TurnId, remedy: Remedy, error: WorkError): void {
  const { settings } = work.store.get()
  const run = (next = settings): void => {
    work.settings(next)
    work.again(turn, next)
  }
  const { parameter } = error.parameters
  const mends: Mends = {
    again: () => run(),
    'again-soon': () => run(),
    'run-when-room': () => run(),
    'go-on': () => work.goOn(turn),
    'think-not': () => run(change.thinking(settings, false)),
    // The one value that is taken is the one that holds where none is named.
    'use-value': () => parameter !== undefined && run(change.value(settings, parameter, undefined)),
    'lower-limit': () => {
      const limit = readSettings(settings).longest ?? DEFAULT_LIMIT
      run(change.longest(settings, Math.max(SHORTEST, Math.floor(limit / 4))))
    },
    edit: () => work.act(turn, 'edit'),
  }
  mends[remedy]?.()
}
