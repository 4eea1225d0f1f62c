/** Continue's command line: chat completions by its provider `moonshot`. It drops thoughts between calls, so its key puts them back. */

import type { Agent } from '../agent.ts'
import { fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = '@continuedev/cli/dist/cn.js'
const SETTINGS = 'config.yaml'

export const continueCli: Agent = {
  id: 'continue',
  name: 'Continue',
  package: '@continuedev/cli',
  files: [PROGRAM],
  wire: 'chat completions',
  lenient: ['restore-reasoning'],
  limitS: 120,
  calls: (work) => ({
    read: { name: 'Read', arguments: { filepath: `${work}/${FILE}` } },
    edit: {
      name: 'MultiEdit',
      arguments: { file_path: `${work}/${FILE}`, edits: [{ old_string: BEFORE, new_string: AFTER }] },
    },
    run: { name: 'Bash', arguments: { command: COMMAND } },
  }),
  settings: ({ url, key }) => ({
    [SETTINGS]: `name: moonbase
version: 0.0.1
schema: v1
models:
  - name: Kimi K2.5
    provider: moonshot
    model: kimi-k2.5
    apiBase: ${url}/v1
    apiKey: ${key}
    roles: [chat, edit]
    capabilities: [tool_use, image_input]
`,
  }),
  environment: () => ({ CONTINUE_TELEMETRY_ENABLED: '0' }),
  commands: ({ home }, prompt) => [
    [process.execPath, fileOf(PROGRAM), '-p', '--auto', '--config', `${home}/${SETTINGS}`, prompt],
  ],
}
