/** Three releases of `@anthropic-ai/sdk`: the latest sends its key as a bearer token, those before it as `x-api-key`. */

import Anthropic from '@anthropic-ai/sdk'
import Anthropic095 from 'anthropic-sdk-0.95'
import Anthropic122 from 'anthropic-sdk-0.122'

const model = 'kimi-k2.5'
const input_schema = { type: 'object', properties: { at: { type: 'integer' } }, required: ['at'] }
const user = (content) => [{ role: 'user', content }]
const thinking = { type: 'enabled', budget_tokens: 4096 }
const rest = { model, max_tokens: 8192, thinking }
const city = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
}

const answerOf = ({ content }) => ({
  text: content.map(({ text = '' }) => text).join(''),
  reasoning: content.map(({ thinking: thought = '' }) => thought).join(''),
})

const driverOf =
  (Client) =>
  ({ url, key }) => {
    const client = new Client({ baseURL: `${url}/anthropic`, apiKey: key, maxRetries: 0 })
    return {
      readsThoughts: true,
      chat: async (prompt) => answerOf(await client.messages.create({ ...rest, messages: user(prompt) })),
      stream: async (prompt) =>
        answerOf(await client.messages.stream({ ...rest, messages: user(prompt) }).finalMessage()),
      async tools(prompt, look) {
        const messages = user(prompt)
        const tools = [{ name: 'look', input_schema }]
        for (;;) {
          const answer = await client.messages.create({ ...rest, messages, tools })
          const calls = answer.content.filter(({ type }) => type === 'tool_use')
          if (calls.length === 0) return answerOf(answer)
          const results = calls.map(({ id, input }) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: look(input.at),
          }))
          messages.push({ role: 'assistant', content: answer.content }, { role: 'user', content: results })
        }
      },
      async object(prompt) {
        const tools = [{ name: 'city', input_schema: city }]
        const forced = { tools, tool_choice: { type: 'tool', name: 'city' }, thinking: { type: 'disabled' } }
        return (await client.messages.create({ ...rest, ...forced, messages: user(prompt) })).content[0].input
      },
    }
  }

export const drivers = {
  'as a bearer token': driverOf(Anthropic),
  '0.122 with x-api-key': driverOf(Anthropic122),
  '0.95 with x-api-key': driverOf(Anthropic095),
}
