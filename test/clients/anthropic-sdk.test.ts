/** `@anthropic-ai/sdk` 1, and two releases before it that say their key another way. */

import { exercise } from './exercise.ts'

await exercise('@anthropic-ai/sdk', 'anthropic-sdk.mjs', [
  '@anthropic-ai/sdk',
  'anthropic-sdk-0.122',
  'anthropic-sdk-0.95',
])
