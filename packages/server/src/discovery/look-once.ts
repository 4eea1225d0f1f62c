/** The look of a start for engines: where, when, and not again. */

import type { EngineSearch, LoadOptions } from '../configuration/index.ts'
import { type EnginePlace, USUAL_PLACES } from './engine-places.ts'
import { findEngines } from './find-engines.ts'

export type Places = 'usual' | readonly EnginePlace[]

/**
 * With `places` those are looked at; without, the usual ones, and only for a start that was told to use what is there. A
 * configuration that is read again meets what was found the first time: an engine that is away for a moment is no reason
 * to change to another.
 */
export function lookOnce(places: Places | undefined): NonNullable<LoadOptions['look']> {
  let found: Promise<EngineSearch> | undefined
  return async (reason) => {
    if (places === undefined && reason === 'untold') return undefined
    found ??= findEngines(places === undefined || places === 'usual' ? USUAL_PLACES : places)
    return await found
  }
}
