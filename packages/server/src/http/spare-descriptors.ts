/** Descriptors that are kept free for whoever comes with a key, and for the connection to an engine that his answer takes. */

import { closeSync, openSync } from 'node:fs'
import { lacksDescriptor } from './lacks-descriptor.ts'

/** A client and his engine, twice. */
const SPARE = 4
const NOTHING = '/dev/null'

/**
 * To be called once a second. Where the process has none left the system's connections are closed as they come in, and nobody here is
 * told: so it is tried, and somebody who is idle is let go of for as long as it fails.
 *
 * @param relieve lets go of one; false: nobody is left who may be
 */
export function keepDescriptors(relieve: () => boolean): void {
  while (!areSpare() && relieve());
}

function areSpare(): boolean {
  const opened: number[] = []
  try {
    while (opened.length < SPARE) opened.push(openSync(NOTHING, 'r'))
    return true
  } catch (error) {
    // What else may be wrong with it says nothing of descriptors.
    return !lacksDescriptor(error)
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}
