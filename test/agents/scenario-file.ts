/** The script of one run: the three calls of the task one after the other, a failure before the second, a summary where it is asked for. */

import { stringify } from 'yaml'
import type { TaskCalls } from './agent.ts'
import type { Trouble } from './troubles.ts'

export const SUMMARY = 'notes.txt was read and says TODO. It is still to be edited, and the command is still to be run.'
export const END = 'All done: notes.txt says DONE, and the command has run.'
const ASIDE = 'A small task'
/** A client that loses it is refused by a strict key. */
const THOUGHT = 'One thing after the other.'

/** @param compaction `match` of the request for a summary */
export function scenarioFile(
  { read, edit, run }: TaskCalls,
  { fault }: Trouble,
  compaction: Readonly<Record<string, unknown>> | undefined,
): string {
  const call = (name: string, made: TaskCalls['read'], more: object = {}): object => ({
    name,
    match: { has_tool: made.name },
    times: 1,
    reply: { reasoning: THOUGHT, tool_calls: [made], ...more },
  })
  const scenarios = [
    ...(compaction === undefined ? [] : [{ name: 'compact', match: compaction, reply: { text: SUMMARY } }]),
    call('read', read),
    ...(fault === undefined ? [] : [call('trouble', edit, { fault })]),
    call('edit', edit),
    call('run', run),
    { name: 'end', match: { has_tool: run.name }, reply: { reasoning: THOUGHT, text: END } },
    // A title, a memory: what an agent asks for beside the work.
    { name: 'aside', match: {}, reply: { text: ASIDE } },
  ]
  return stringify({ version: 1, scenarios })
}
