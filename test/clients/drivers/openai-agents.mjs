/** `@openai/agents`, whose runner is the loop, on chat completions and on Responses. */

import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import OpenAI from 'openai'
import { z } from 'zod'

setTracingDisabled(true)
const City = z.object({ city: z.string(), people: z.int() })

const driverOf =
  (Model) =>
  ({ url, key }) => {
    const client = new OpenAI({
      baseURL: `${url}/v1`,
      apiKey: key,
      maxRetries: 0,
      // On chat completions it drops thoughts, and Zod's schemas name their draft: a strict key takes neither. And it takes ids of
      // calls for unique in a run, where the platform numbers them in each answer anew.
      defaultHeaders: { 'x-moonbase-lenient': 'restore-reasoning, relax-schema, unique-call-ids' },
    })
    const runner = new Runner({ tracingDisabled: true })
    const agent = (more = {}) => new Agent({ name: 'walker', model: new Model(client, 'kimi-k2.5'), ...more })
    return {
      readsThoughts: false,
      chat: async (prompt) => ({ text: (await runner.run(agent(), prompt)).finalOutput }),
      async stream(prompt) {
        const result = await runner.run(agent(), prompt, { stream: true })
        let text = ''
        for await (const part of result.toTextStream()) text += part
        await result.completed
        return { text }
      },
      async tools(prompt, look) {
        const parameters = z.object({ at: z.int() })
        const looking = tool({ name: 'look', description: 'Looks', parameters, execute: ({ at }) => look(at) })
        return { text: (await runner.run(agent({ tools: [looking] }), prompt)).finalOutput }
      },
      object: async (prompt) => (await runner.run(agent({ outputType: City }), prompt)).finalOutput,
    }
  }

export const drivers = {
  'chat completions': driverOf(OpenAIChatCompletionsModel),
  Responses: driverOf(OpenAIResponsesModel),
}
