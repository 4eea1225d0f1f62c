/** `@llamaindex/openai`, with the loop that its users write. */

import { exercise } from './exercise.ts'

await exercise('LlamaIndex', 'llamaindex.mjs', ['@llamaindex/openai', 'llamaindex'])
