/** LangChain's chat models, with the tool loop that its users write. */

import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'

const model = 'kimi-k2.5'
const City = z.object({ city: z.string(), people: z.int() })

/** @param plain the same model without thinking, for what it cannot do while it thinks */
function driverOf(thinking, plain = thinking) {
  return {
    readsThoughts: false,
    chat: async (prompt) => ({ text: (await thinking.invoke(prompt)).text }),
    async stream(prompt) {
      let text = ''
      for await (const chunk of await thinking.stream(prompt)) text += chunk.text
      return { text }
    },
    async tools(prompt, look) {
      const looking = tool(({ at }) => look(at), { name: 'look', schema: z.object({ at: z.int() }) })
      const bound = thinking.bindTools([looking])
      const messages = [new HumanMessage(prompt)]
      for (;;) {
        const answer = await bound.invoke(messages)
        if (answer.tool_calls.length === 0) return { text: answer.text }
        messages.push(answer)
        for (const { id, args } of answer.tool_calls) {
          messages.push(new ToolMessage({ tool_call_id: id, content: await looking.invoke(args) }))
        }
      }
    },
    object: (prompt) => plain.withStructuredOutput(City, { name: 'city' }).invoke(prompt),
  }
}

const openai = ({ url, key }, more = {}) =>
  new ChatOpenAI({
    model,
    apiKey: key,
    maxRetries: 0,
    configuration: {
      baseURL: `${url}/v1`,
      // It drops thoughts, and its schemas name their draft: a strict key takes neither, so they are asked for.
      defaultHeaders: { 'x-moonbase-lenient': 'restore-reasoning, relax-schema' },
    },
    ...more,
  })
const anthropic = ({ url, key }, more = {}) =>
  new ChatAnthropic({
    model,
    apiKey: key,
    anthropicApiUrl: `${url}/anthropic`,
    maxTokens: 8192,
    maxRetries: 0,
    ...more,
  })

export const drivers = {
  'chat completions': (server) => driverOf(openai(server)),
  Responses: (server) => driverOf(openai(server, { useResponsesApi: true })),
  Messages: (server) =>
    driverOf(anthropic(server, { thinking: { type: 'enabled', budget_tokens: 4096 } }), anthropic(server)),
}

/** It passes over `response.failed`: only `response_metadata.status`, which is then missing, tells. */
export const knownFaults = { Responses: { cut: 'one two ' } }
