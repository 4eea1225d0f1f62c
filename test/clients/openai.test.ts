/** `openai` 7 for TypeScript, with its own tool loop and its own schemas. */

import { exercise } from './exercise.ts'

await exercise('openai', 'openai.mjs', ['openai', 'zod'])
