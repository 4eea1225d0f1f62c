/** How a failure is told: a mistake of the operator in plain lines, one of ours with its stack. */

import { inspect } from 'node:util'
import type { Terminal } from './terminal.ts'

const OPERATOR_CAN_MEND_IT = 1
/** `EX_SOFTWARE` of sysexits.h. */
const OURS = 70

/** Tells it on stderr. @returns the exit code */
export async function reportError(failure: unknown, terminal: Terminal): Promise<number> {
  // When not even this loads, that is the failure, and it is told as one of ours.
  const [configuration] = await Promise.allSettled([import('@moonbase/server/configuration')])
  if (configuration.status === 'fulfilled' && failure instanceof configuration.value.StartError) {
    for (const line of failure.lines) terminal.writeErr(`${line}\n`)
    return OPERATOR_CAN_MEND_IT
  }
  terminal.writeErr(`moonbase failed, which it should not:\n${inspect(failure)}\n`)
  return OURS
}
