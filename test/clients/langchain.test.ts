/** `@langchain/openai` on chat completions and Responses, `@langchain/anthropic` on Messages. */

import { exercise } from './exercise.ts'

await exercise('LangChain', 'langchain.mjs', ['@langchain/core', '@langchain/openai', '@langchain/anthropic', 'zod'])
