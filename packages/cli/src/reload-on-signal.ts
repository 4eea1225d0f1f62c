/** SIGHUP: the server reads its configuration again, and says what has changed or why nothing has. It goes on in any case. */

import type { RunningServer } from '@moonbase/server'
import { reportError } from './report-error.ts'
import type { Terminal } from './terminal.ts'

type Reload = RunningServer['reload']

/** `stop` is called in place of `reload` when the signal says that the terminal of the server was closed. */
export function reloadOnSignal(terminal: Terminal, reload: Reload, stop: () => void): void {
  terminal.onSignal('SIGHUP', () => {
    if (terminal.isCutOff()) {
      stop()
      return
    }
    void reloadAndTell(terminal, reload)
  })
}

async function reloadAndTell(terminal: Terminal, reload: Reload): Promise<void> {
  try {
    const { changed, needsRestart, notes } = await reload()
    const lines = [
      'configuration read again',
      ...(changed.length === 0 ? ['nothing has changed'] : changed),
      ...(needsRestart.length === 0 ? [] : [`needs a restart: ${needsRestart.join(', ')}`]),
      ...notes.map((note) => `note: ${note}`),
    ]
    terminal.writeErr(`${lines.join('\n')}\n`)
  } catch (error) {
    await reportError(error, terminal)
    terminal.writeErr('the configuration was not taken over: the server goes on with the one it has\n')
  }
}
