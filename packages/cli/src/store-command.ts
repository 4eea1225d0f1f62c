/** `moonbase store`: what an operator says about a database that is not as a server left it. */

import type { Terminal } from './terminal.ts'

export interface StoreFlags {
  readonly config?: string
  readonly data?: string
}

/** Takes the database that is there for the right one. @throws StartError when a server has it */
export async function acceptStore(flags: StoreFlags, terminal: Terminal): Promise<void> {
  const server = await import('@moonbase/server/accept-store')
  const lines = await server.acceptStore({ arguments: { ...flags }, environment: terminal.environment })
  for (const line of lines) terminal.writeOut(`${line}\n`)
}
