/** The AI SDK through five of its providers. Only what makes a model differs. */

import { createAnthropic } from '@ai-sdk/anthropic'
import { createMoonshotAI } from '@ai-sdk/moonshotai'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Output, generateText, isStepCount, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'

const id = 'kimi-k2.5'
const City = z.object({ city: z.string(), people: z.int() })
const steps = (isStepCount ?? stepCountIs)(10)

// It says of each request that it does not know the model.
globalThis.AI_SDK_LOG_WARNINGS = false

/** @param options of the provider; @param forObject of it for a schema, where that cannot be had while thinking. */
function driverOf(model, { options = {}, forObject = options, readsThoughts = true } = {}) {
  const rest = { model, maxRetries: 0, providerOptions: options }
  return {
    readsThoughts,
    async chat(prompt) {
      const { text, reasoningText } = await generateText({ ...rest, prompt })
      return { text, reasoning: reasoningText }
    },
    async stream(prompt) {
      const failed = Promise.withResolvers()
      const result = streamText({ ...rest, prompt, onError: ({ error }) => failed.resolve(error) })
      const text = await Promise.race([readWhole(result), failed.promise.then((error) => Promise.reject(error))])
      return { text, reasoning: await result.reasoningText }
    },
    async tools(prompt, look) {
      const tools = { look: tool({ inputSchema: z.object({ at: z.int() }), execute: ({ at }) => look(at) }) }
      return { text: (await generateText({ ...rest, prompt, tools, stopWhen: steps })).text }
    },
    async object(prompt) {
      const output = Output.object({ schema: City })
      return (await generateText({ ...rest, providerOptions: forObject, prompt, output })).output
    },
  }
}

/** The SDK reads a cut stream to its end and gives what there was: its finish is what says so. */
async function readWhole(result) {
  const text = await result.text
  const finish = await result.finishReason
  if (finish !== 'stop') throw new Error(`the stream ended with ${finish}`)
  return text
}

const headers = (switches) => ({ 'x-moonbase-lenient': switches })

export const drivers = {
  '@ai-sdk/openai-compatible': ({ url, key }) =>
    driverOf(
      createOpenAICompatible({
        name: 'moonbase',
        baseURL: `${url}/v1`,
        apiKey: key,
        supportsStructuredOutputs: true,
        headers: headers('relax-schema'),
      })(id),
    ),
  '@ai-sdk/moonshotai': ({ url, key }) => driverOf(createMoonshotAI({ baseURL: `${url}/v1`, apiKey: key })(id)),
  '@ai-sdk/openai, chat': ({ url, key }) =>
    driverOf(
      createOpenAI({ baseURL: `${url}/v1`, apiKey: key, headers: headers('restore-reasoning, relax-schema') }).chat(id),
      { readsThoughts: false },
    ),
  '@ai-sdk/openai, Responses': ({ url, key }) =>
    driverOf(createOpenAI({ baseURL: `${url}/v1`, apiKey: key })(id), {
      // It has not heard of the model, so it asks for no summary unless it is told that it reasons.
      options: { openai: { forceReasoning: true, reasoningSummary: 'auto' } },
    }),
  '@ai-sdk/anthropic': ({ url, key }) =>
    driverOf(createAnthropic({ baseURL: `${url}/anthropic/v1`, apiKey: key })(id), {
      options: { anthropic: { thinking: { type: 'enabled', budgetTokens: 4096 } } },
      forObject: {},
    }),
}
