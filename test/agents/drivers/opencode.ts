/** opencode: chat completions by the AI SDK's provider for hosts that are alike, which it brings along. */

import type { Agent } from '../agent.ts'
import { PLATFORM, fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

/** The launcher is put in its place by a script of the install, which is not run. */
const PROGRAM = `opencode-${PLATFORM}/bin/opencode`

export const opencode: Agent = {
  id: 'opencode',
  name: 'opencode',
  package: 'opencode-ai',
  files: [PROGRAM],
  wire: 'chat completions',
  limitS: 180,
  calls: (work) => ({
    read: { name: 'read', arguments: { filePath: `${work}/${FILE}` } },
    edit: { name: 'edit', arguments: { filePath: `${work}/${FILE}`, oldString: BEFORE, newString: AFTER } },
    run: { name: 'bash', arguments: { command: COMMAND, description: 'Copy the notes' } },
  }),
  compaction: { system: 'You are a context summarization agent' },
  settings: ({ url, key }) => ({
    '.config/opencode/opencode.json': JSON.stringify({
      model: 'moonbase/kimi-k2.5',
      small_model: 'moonbase/kimi-k2.5',
      enabled_providers: ['moonbase'],
      permission: { edit: 'allow', bash: 'allow' },
      provider: {
        moonbase: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${url}/v1`, apiKey: key },
          models: {
            'kimi-k2.5': {
              reasoning: true,
              tool_call: true,
              interleaved: { field: 'reasoning_content' },
              limit: { context: 262_144, output: 32_768 },
            },
          },
        },
      },
    }),
  }),
  environment: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  }),
  commands: (_ground, prompt) => [[fileOf(PROGRAM), 'run', prompt]],
}
