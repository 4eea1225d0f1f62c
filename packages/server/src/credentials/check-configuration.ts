/** A start that stops short of starting: everything is read and checked, nothing is written, opened or made. */

import { refusePublicListen } from './public-listen.ts'
import { type LoadOptions, loadConfiguration } from '../configuration/load-configuration.ts'
import { readAllScenarios } from '../configuration/read-scenarios.ts'
import { startLines } from '../configuration/start-lines.ts'
import { type Places, lookOnce } from '../discovery/look-once.ts'

interface CheckOptions extends LoadOptions {
  /** Where the start would look for engines. */
  readonly places?: Places
}

/** What a start with these options would do, in lines. @throws StartError with a line for each mistake */
export async function checkConfiguration({ places, ...options }: CheckOptions): Promise<string[]> {
  const configuration = await loadConfiguration({ look: lookOnce(places), ...options })
  const { listen, apiKey, keys, dataFolder } = configuration
  await readAllScenarios(configuration, options.readFile)
  // As `openKeys` decides it, which would make the keys on its way.
  refusePublicListen(configuration, { developmentKeysInUse: apiKey === undefined && keys.length === 0 })
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return [
    ...startLines(configuration),
    `listen: http://${host}:${listen.port === 0 ? 'any free port' : listen.port}`,
    `data: ${dataFolder}`,
  ]
}
