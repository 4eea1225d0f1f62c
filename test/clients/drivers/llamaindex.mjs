/** LlamaIndex for TypeScript, as far as it goes: its packages are no longer maintained. */

import { openai } from '@llamaindex/openai'

function chatCompletions({ url, key }) {
  const llm = openai({
    model: 'kimi-k2.5',
    apiKey: key,
    baseURL: `${url}/v1`,
    // It sends 0.1 and 1 where it is told nothing, which the model does not take.
    temperature: 1,
    topP: 0.95,
    maxRetries: 0,
    additionalSessionOptions: { defaultHeaders: { 'x-moonbase-lenient': 'restore-reasoning' } },
  })
  const user = (content) => [{ role: 'user', content }]
  const parameters = { type: 'object', properties: { at: { type: 'integer' } }, required: ['at'] }
  return {
    readsThoughts: false,
    async chat(prompt) {
      return { text: (await llm.chat({ messages: user(prompt) })).message.content }
    },
    async stream(prompt) {
      let text = ''
      for await (const { delta } of await llm.chat({ messages: user(prompt), stream: true })) text += delta
      return { text }
    },
    async tools(prompt, look) {
      const messages = user(prompt)
      const tools = [{ metadata: { name: 'look', description: 'Looks', parameters }, call: ({ at }) => look(at) }]
      for (;;) {
        const { message } = await llm.chat({ messages, tools })
        const calls = message.options?.toolCall ?? []
        if (calls.length === 0) return { text: message.content }
        messages.push(message)
        for (const { id, input } of calls) {
          const result = look((typeof input === 'string' ? JSON.parse(input) : input).at)
          messages.push({ role: 'user', content: result, options: { toolResult: { id, result, isError: false } } })
        }
      }
    },
  }
}

export const drivers = { 'chat completions': chatCompletions }
