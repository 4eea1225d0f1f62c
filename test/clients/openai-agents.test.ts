/** `@openai/agents`, by the client that it is given. */

import { exercise } from './exercise.ts'

await exercise('@openai/agents', 'openai-agents.mjs', ['@openai/agents', 'openai', 'zod'])
