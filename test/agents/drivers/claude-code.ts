/** Claude Code: Anthropic's Messages, by the address that its environment gives it. */

import type { Agent } from '../agent.ts'
import { PLATFORM, fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

/** The launcher is put in its place by a script of the install, which is not run. */
const PROGRAM = `@anthropic-ai/claude-code-${PLATFORM}/claude`

export const claudeCode: Agent = {
  id: 'claude-code',
  name: 'Claude Code',
  package: '@anthropic-ai/claude-code',
  files: [PROGRAM],
  wire: 'Messages',
  limitS: 180,
  calls: (work) => ({
    read: { name: 'Read', arguments: { file_path: `${work}/${FILE}` } },
    edit: { name: 'Edit', arguments: { file_path: `${work}/${FILE}`, old_string: BEFORE, new_string: AFTER } },
    run: { name: 'Bash', arguments: { command: COMMAND, description: 'Copy the notes' } },
  }),
  compaction: { last_user: 'Your task is to create a detailed summary of' },
  environment: ({ url, key }) => ({
    ANTHROPIC_BASE_URL: `${url}/anthropic`,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: 'kimi-k2.5',
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'kimi-k2.5',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
  }),
  commands: (_ground, prompt) => [
    [fileOf(PROGRAM), '-p', prompt, '--allowedTools', 'Read,Edit,Bash', '--output-format', 'json'],
  ],
}
