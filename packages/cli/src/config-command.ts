/** `moonbase config`: what a configuration means, and what it may hold. */

import type { Terminal } from './terminal.ts'

/** Prints what a start would do. @throws StartError with every mistake */
export async function checkConfigFile(file: string | undefined, terminal: Terminal): Promise<void> {
  const { checkConfiguration } = await import('@moonbase/server/check-configuration')
  const lines = await checkConfiguration({
    arguments: file === undefined ? {} : { config: file },
    environment: terminal.environment,
    places: 'usual',
  })
  for (const line of lines) terminal.writeOut(`${line}\n`)
}

export async function printSchema(terminal: Terminal): Promise<void> {
  const { readSchema } = await import('@moonbase/server/configuration')
  terminal.writeOut(await readSchema())
}
