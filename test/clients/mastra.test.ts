/** `@mastra/core`, whose agent is the loop. */

import { exercise } from './exercise.ts'

await exercise('Mastra', 'mastra.mjs', ['@mastra/core', 'zod'])
