/** The server's log: JSON lines, or text for a person, on standard error. */

import { type Logger, pino } from 'pino'
import type { Configuration } from '../configuration/index.ts'

/** Lines gathered before a write; a flush every second brings out the rest. */
const BUFFER_BYTES = 4096
const FLUSH_MS = 1000
const STANDARD_ERROR = 2

export function openLog({ level }: Configuration['log']): Logger {
  const destination = pino.destination({
    dest: STANDARD_ERROR,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_MS,
  })
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}
