/** The server's log on standard error: JSON lines for machines, or text for a person. */

import { type DestinationStream, type Logger, pino } from 'pino'
import type { Configuration } from '../configuration/index.ts'

/**
 * Lines gathered before a write; under light load a flush every half second brings them out. Each write wakes a thread,
 * and with one for every ten requests the log cost a tenth of a whole request.
 */
const BUFFER_BYTES = 64 * 1024
const LARGEST_WRITE_BYTES = 128 * 1024
const FLUSH_MS = 500
const STANDARD_ERROR = 2

export async function openLog({ level, format }: Configuration['log']): Promise<Logger> {
  const destination = format === 'text' ? await openText() : openLines()
  return pino({ level, base: null, timestamp: isoTime() }, destination)
}

function openLines(): DestinationStream {
  return pino.destination({
    dest: STANDARD_ERROR,
    sync: false,
    minLength: BUFFER_BYTES,
    maxWrite: LARGEST_WRITE_BYTES,
    periodicFlush: FLUSH_MS,
  })
}

/** Loaded only when asked for: most servers write lines, and start sooner without it. */
async function openText(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ destination: STANDARD_ERROR, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
}

/** Many lines share a millisecond; its text is made once. */
function isoTime(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}
