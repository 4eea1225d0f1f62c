/** The driver of the small agent. */

import { fileURLToPath } from 'node:url'
import type { Agent } from '../agent.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = fileURLToPath(new URL('small-agent.ts', import.meta.url))

/** @param vice what it does wrong */
export function smallAgent(vice = '', more: Partial<Agent> = {}): Agent {
  return {
    id: 'small',
    name: 'Small',
    package: 'small',
    files: [],
    wire: 'chat completions',
    limitS: 60,
    calls: (work) => ({
      read: { name: 'read', arguments: { path: `${work}/${FILE}` } },
      edit: { name: 'edit', arguments: { path: `${work}/${FILE}`, old: BEFORE, to: AFTER } },
      run: { name: 'run', arguments: { command: COMMAND } },
    }),
    compaction: { last_user: 'Sum up what was done.' },
    settings: () => ({ '.small/settings': 'none' }),
    environment: ({ url, key }) => ({ SMALL_URL: url, SMALL_KEY: key, SMALL_VICE: vice }),
    commands: (_ground, prompt) => [[process.execPath, PROGRAM, prompt]],
    ...more,
  }
}
