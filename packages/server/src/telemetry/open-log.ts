/** The server's log on standard error: JSON lines for machines, or text for a person. */

import { type Logger, pino } from 'pino'
import type { Configuration } from '../configuration/index.ts'
import { GatheredLines, type LineSink } from './gathered-lines.ts'

const STANDARD_ERROR = 2

export interface OpenLog {
  readonly log: Logger
  /** Takes lines that are JSON already, beside those of `log`. */
  readonly lines: LineSink
  /** Writes what has been gathered; resolves when it is out. */
  close(): Promise<void>
}

export async function openLog({ level, format }: Configuration['log']): Promise<OpenLog> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'text') {
    const text = await openText()
    return { log: pino(options, text), lines: text, close: () => Promise.resolve() }
  }
  const stream = pino.destination({ dest: STANDARD_ERROR, sync: false })
  const lines = new GatheredLines(stream)
  return {
    log: pino(options, lines),
    lines,
    close() {
      lines.flush()
      return new Promise((resolve) => stream.flush(() => resolve()))
    },
  }
}

/** Loaded only when asked for: most servers write lines, and start sooner without it. */
async function openText(): Promise<LineSink> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ destination: STANDARD_ERROR, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
}
