/** `ai` 7 over chat completions, Responses and Messages, by the provider packages that people install for them. */

import { exercise } from './exercise.ts'

await exercise('ai', 'ai-sdk.mjs', [
  'ai',
  'zod',
  '@ai-sdk/openai-compatible',
  '@ai-sdk/moonshotai',
  '@ai-sdk/openai',
  '@ai-sdk/anthropic',
])
