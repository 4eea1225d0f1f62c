/** A server that npm started goes when npm goes. */

import type { Terminal } from './terminal.ts'

/** How often the server looks for its parent. */
const LOOK_MS = 500

/**
 * npm hands a SIGTERM to the shell that runs the script, and the shell dies of it without passing it on: the server would
 * stay behind alone and hold its port. It notices by its parent, which is another one then. Only under npm: whoever
 * starts the server in another way may well mean to leave it running.
 */
export function stopWithNpm(
  terminal: Pick<Terminal, 'environment' | 'parent' | 'every' | 'writeErr'>,
  stop: () => void,
): void {
  if (terminal.environment['npm_lifecycle_event'] === undefined) return
  const parent = terminal.parent()
  const cancel = terminal.every(LOOK_MS, () => {
    if (terminal.parent() === parent) return
    cancel()
    terminal.writeErr('stopping: npm, which started this server, has gone\n')
    stop()
  })
}
