/** Kimi Code: chat completions as type `kimi`, with the two settings that K2.5 needs. */

import type { Agent } from '../agent.ts'
import { fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = '@moonshot-ai/kimi-code/dist/main.mjs'

export const kimiCode: Agent = {
  id: 'kimi-code',
  name: 'Kimi Code',
  package: '@moonshot-ai/kimi-code',
  files: [PROGRAM],
  wire: 'chat completions',
  limitS: 120,
  calls: (work) => ({
    read: { name: 'Read', arguments: { path: `${work}/${FILE}` } },
    edit: { name: 'Edit', arguments: { path: `${work}/${FILE}`, old_string: BEFORE, new_string: AFTER } },
    run: { name: 'Bash', arguments: { command: COMMAND } },
  }),
  compaction: { last_user: 'Create a handoff summary for the' },
  environment: ({ url, key }) => ({
    KIMI_MODEL_NAME: 'kimi-k2.5',
    KIMI_MODEL_API_KEY: key,
    KIMI_MODEL_BASE_URL: `${url}/v1`,
    KIMI_MODEL_PROVIDER_TYPE: 'kimi',
    KIMI_MODEL_THINKING_KEEP: 'off',
    KIMI_MODEL_MAX_OUTPUT_SIZE: '32768',
    KIMI_CODE_NO_AUTO_UPDATE: '1',
    KIMI_DISABLE_TELEMETRY: '1',
  }),
  commands: (_ground, prompt) => [[process.execPath, fileOf(PROGRAM), '-p', prompt]],
}
