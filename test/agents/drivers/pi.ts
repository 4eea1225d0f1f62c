/** pi: chat completions by its own provider `moonshotai`, given another address. */

import type { Agent } from '../agent.ts'
import { fileOf } from '../installed.ts'
import { AFTER, BEFORE, COMMAND, FILE } from '../task.ts'

const PROGRAM = '@mariozechner/pi-coding-agent/dist/cli.js'

export const pi: Agent = {
  id: 'pi',
  name: 'pi',
  package: '@mariozechner/pi-coding-agent',
  files: [PROGRAM],
  wire: 'chat completions',
  limitS: 120,
  calls: (work) => ({
    read: { name: 'read', arguments: { path: `${work}/${FILE}` } },
    edit: {
      name: 'edit',
      arguments: { path: `${work}/${FILE}`, edits: [{ oldText: BEFORE, newText: AFTER }] },
    },
    run: { name: 'bash', arguments: { command: COMMAND } },
  }),
  settings: ({ url, key }) => ({
    '.pi/agent/models.json': JSON.stringify({
      providers: { moonshotai: { baseUrl: `${url}/v1`, apiKey: key } },
    }),
  }),
  environment: () => ({ PI_OFFLINE: '1' }),
  commands: (_ground, prompt) => [
    [
      process.execPath,
      fileOf(PROGRAM),
      ...['--offline', '--provider', 'moonshotai', '--model', 'kimi-k2.5', '--no-session', '-p', prompt],
    ],
  ],
}
