/** `moonbase record`: `moonbase serve`, with everything that engines answer written into a cassette. */

import { type LoadServer, type ServeFlags, serveCommand } from './serve-command.ts'
import type { Terminal } from './terminal.ts'

export interface RecordFlags extends ServeFlags {
  readonly out: string
}

/** Comes back when the server has stopped; it has said then how much was recorded. */
export async function recordCommand(
  { out, ...flags }: RecordFlags,
  terminal: Terminal,
  loadServer: LoadServer = () => import('@moonbase/server'),
): Promise<void> {
  await serveCommand(flags, terminal, async () => {
    const { serve } = await loadServer()
    return { serve: (options) => serve({ ...options, record: out }) }
  })
}
