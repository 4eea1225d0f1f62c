/** `moonbase serve`: starts the server, says when it is ready, reloads it and stops it when asked to. */

import type { RunningServer, ServeOptions } from '@moonbase/server'
import { reloadOnSignal } from './reload-on-signal.ts'
import { reportError } from './report-error.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { stopWithNpm } from './stop-with-npm.ts'
import type { Terminal } from './terminal.ts'

/** The options as commander reads them. */
export interface ServeFlags {
  readonly config?: string
  readonly host?: string
  readonly port?: string
  readonly data?: string
  readonly logLevel?: string
  readonly allowDevelopmentKeys?: true
}

/** Comes back when the server has stopped. */
export async function serveCommand(
  flags: ServeFlags,
  terminal: Terminal,
  loadServer: LoadServer = () => import('@moonbase/server'),
): Promise<void> {
  const { serve } = await loadServer()
  const failed = Promise.withResolvers<never>()
  const starting = serve({
    arguments: { ...flags },
    environment: terminal.environment,
    places: 'usual',
    print: (line) => terminal.writeErr(`${line}\n`),
  })
  const stop = (): void => {
    starting.then((server) => server.close()).catch(failed.reject)
  }
  // Before it has started too, because a SIGHUP that nobody listens to ends the process.
  reloadOnSignal(terminal, async () => (await starting).reload(), stop)
  const server = await starting
  stopOnSignals(terminal, stop)
  stopWithNpm(terminal, stop)
  // Scripts wait for this line and read the address from it; nothing else goes to stdout.
  terminal.writeOut(`moonbase listening on ${server.url}\n`)
  const entry = server.entryUrl()
  if (entry !== undefined) terminal.writeErr(`Open ${entry}\n`)
  try {
    await Promise.race([server.done, failed.promise])
  } catch (error) {
    // Half of it may still be open, and would keep the process.
    terminal.exit(await reportError(error, terminal))
    return
  }
  // All is closed. Whatever should still hold the process open is not worth waiting for.
  terminal.exit(0)
}

export type LoadServer = () => Promise<{ serve: Serve }>

type Serve = (options: ServeOptions) => Promise<RunningServer>
