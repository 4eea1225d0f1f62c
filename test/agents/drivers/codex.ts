/** Codex: OpenAI's Responses, by a provider in its configuration. It has one tool for everything that is done here. */

import type { Agent, ToolCall } from '../agent.ts'
import { PLATFORM, fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = '@openai/codex/bin/codex.js'
const run = (cmd: string): ToolCall => ({ name: 'exec_command', arguments: { cmd } })

export const codex: Agent = {
  id: 'codex',
  name: 'Codex',
  package: '@openai/codex',
  files: [PROGRAM, `@openai/codex-${PLATFORM}/package.json`],
  wire: 'Responses',
  limitS: 120,
  calls: () => ({
    read: run(`cat ${FILE}`),
    // It offers no tool for edits to a model that it does not know.
    edit: run(`sed -i s/${BEFORE}/${AFTER}/ ${FILE}`),
    run: run(COMMAND),
  }),
  settings: ({ url }) => ({
    '.codex/config.toml': `model = "kimi-k2.5"
model_provider = "moonbase"
check_for_update_on_startup = false
[model_providers.moonbase]
name = "moonbase"
base_url = "${url}/v1"
env_key = "MOONBASE_API_KEY"
wire_api = "responses"
[analytics]
enabled = false
`,
  }),
  environment: ({ key }) => ({ MOONBASE_API_KEY: key }),
  commands: (_ground, prompt) => [
    [
      process.execPath,
      fileOf(PROGRAM),
      ...['exec', '--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
    ],
  ],
}
