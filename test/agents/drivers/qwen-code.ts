/** Qwen Code: chat completions by OpenAI's variables. */

import type { Agent } from '../agent.ts'
import { fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = '@qwen-code/qwen-code/cli-entry.js'

export const qwenCode: Agent = {
  id: 'qwen-code',
  name: 'Qwen Code',
  package: '@qwen-code/qwen-code',
  files: [PROGRAM],
  wire: 'chat completions',
  limitS: 120,
  calls: (work) => ({
    read: { name: 'read_file', arguments: { file_path: `${work}/${FILE}` } },
    edit: { name: 'edit', arguments: { file_path: `${work}/${FILE}`, old_string: BEFORE, new_string: AFTER } },
    run: { name: 'run_shell_command', arguments: { command: COMMAND, is_background: false } },
  }),
  environment: ({ url, key }) => ({
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_MODEL: 'kimi-k2.5',
  }),
  commands: (_ground, prompt) => [[process.execPath, fileOf(PROGRAM), '--auth-type', 'openai', '-p', prompt, '--yolo']],
}
