/** SIGINT and SIGTERM: the first asks the server to stop, the second does not ask. */

import type { StopSignal, Terminal } from './terminal.ts'

/**
 * One Ctrl-C reaches the server more than once: from the terminal, which signals everything in it, and again from npm
 * and from `bin/moonbase.mjs`, which pass on what they get. Whoever means it twice takes longer than this.
 */
const SAME_KEYSTROKE_MS = 300

/** The shell's custom: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

export function stopOnSignals(
  terminal: Pick<Terminal, 'onSignal' | 'now' | 'exit' | 'writeErr'>,
  stop: () => void,
): void {
  let askedAt: number | undefined
  const onSignal = (signal: StopSignal): void => {
    if (askedAt === undefined) {
      askedAt = terminal.now()
      terminal.writeErr('stopping: running answers may finish; a second signal ends them\n')
      stop()
    } else if (terminal.now() - askedAt >= SAME_KEYSTROKE_MS) {
      terminal.exit(EXIT_CODES[signal])
    }
  }
  terminal.onSignal('SIGINT', () => onSignal('SIGINT'))
  terminal.onSignal('SIGTERM', () => onSignal('SIGTERM'))
}
