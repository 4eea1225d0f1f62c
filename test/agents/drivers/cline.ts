/** Cline's command line: chat completions by its provider for hosts that are alike, which is set up by a command of its own. */

import type { Agent } from '../agent.ts'
import { PLATFORM, fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = 'cline/bin/cline'
const PROVIDER = 'openai-compatible'
const MODEL = 'kimi-k2.5'

export const cline: Agent = {
  id: 'cline',
  name: 'Cline',
  package: 'cline',
  files: [PROGRAM, `@cline/cli-${PLATFORM}/bin/cline`],
  wire: 'chat completions',
  limitS: 180,
  calls: (work) => ({
    read: { name: 'read_files', arguments: { files: [{ path: `${work}/${FILE}` }] } },
    edit: { name: 'editor', arguments: { path: `${work}/${FILE}`, old_text: BEFORE, new_text: AFTER } },
    run: { name: 'run_commands', arguments: { commands: [COMMAND] } },
  }),
  environment: () => ({}),
  commands: ({ url, key }, prompt) => [
    [process.execPath, fileOf(PROGRAM), 'auth', '-p', PROVIDER, '-k', key, '-m', MODEL, '-b', `${url}/v1`],
    [process.execPath, fileOf(PROGRAM), '--json', '-P', PROVIDER, '-m', MODEL, prompt],
  ],
}
