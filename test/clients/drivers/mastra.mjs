/** Mastra's agent, by a model that is an address and a key. */

import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { z } from 'zod'

const City = z.object({ city: z.string(), people: z.int() })

function chatCompletions({ url, key }) {
  const model = {
    id: 'moonbase/kimi-k2.5',
    url: `${url}/v1`,
    apiKey: key,
    headers: { 'x-moonbase-lenient': 'relax-schema' },
  }
  const agent = (tools = {}) =>
    new Agent({ id: 'walker', name: 'walker', instructions: 'Walk.', model, tools, maxRetries: 0 })
  return {
    readsThoughts: true,
    async chat(prompt) {
      return { text: (await agent().generate(prompt)).text }
    },
    async stream(prompt) {
      const result = await agent().stream(prompt)
      const said = { text: '', reasoning: '' }
      for await (const { type, payload } of result.fullStream) {
        if (type === 'text-delta') said.text += payload.text
        if (type === 'reasoning-delta') said.reasoning += payload.text
        if (type === 'error') throw payload.error
      }
      return said
    },
    async tools(prompt, look) {
      const inputSchema = z.object({ at: z.int() })
      const tool = createTool({ id: 'look', description: 'Looks', inputSchema, execute: async ({ at }) => look(at) })
      return { text: (await agent({ look: tool }).generate(prompt, { maxSteps: 10 })).text }
    },
    async object(prompt) {
      return (await agent().generate(prompt, { structuredOutput: { schema: City } })).object
    },
  }
}

export const drivers = { 'chat completions': chatCompletions }
