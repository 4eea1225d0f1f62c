/** `openai`, on chat completions and on Responses. */

import OpenAI from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'

const model = 'kimi-k2.5'
const City = z.object({ city: z.string(), people: z.int() })
const parameters = {
  type: 'object',
  properties: { at: { type: 'integer' } },
  required: ['at'],
  additionalProperties: false,
}
const user = (content) => [{ role: 'user', content }]

// `runTools` drops thoughts, and Zod's schemas name their draft: both are refused by a strict key, so they are asked for.
const defaultHeaders = { 'x-moonbase-lenient': 'restore-reasoning, relax-schema' }
const clientOf = ({ url, key }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, defaultHeaders })

function chatCompletions(server) {
  const client = clientOf(server)
  return {
    readsThoughts: true,
    async chat(prompt) {
      const { choices } = await client.chat.completions.create({ model, messages: user(prompt) })
      return { text: choices[0].message.content, reasoning: choices[0].message.reasoning_content }
    },
    async stream(prompt) {
      const said = { text: '', reasoning: '' }
      for await (const { choices } of await client.chat.completions.create({
        model,
        messages: user(prompt),
        stream: true,
      })) {
        said.text += choices[0]?.delta.content ?? ''
        said.reasoning += choices[0]?.delta.reasoning_content ?? ''
      }
      return said
    },
    async tools(prompt, look) {
      const run = { name: 'look', parameters, parse: JSON.parse, function: ({ at }) => look(at) }
      const tools = [{ type: 'function', function: run }]
      const runner = client.chat.completions.runTools({ model, messages: user(prompt), tools, stream: true })
      return { text: await runner.finalContent() }
    },
    async object(prompt) {
      const response_format = zodResponseFormat(City, 'city')
      const { choices } = await client.chat.completions.parse({ model, messages: user(prompt), response_format })
      return choices[0].message.parsed
    },
  }
}

function responses(server) {
  const client = clientOf(server)
  return {
    readsThoughts: true,
    async chat(input) {
      return { text: (await client.responses.create({ model, input })).output_text }
    },
    async stream(input) {
      const said = { text: '', reasoning: '' }
      let completed = false
      for await (const event of await client.responses.create({
        model,
        input,
        reasoning: { summary: 'auto' },
        stream: true,
      })) {
        if (event.type === 'response.output_text.delta') said.text += event.delta
        if (event.type === 'response.reasoning_summary_text.delta') said.reasoning += event.delta
        if (event.type === 'response.failed') throw new Error(event.response.error.message)
        if (event.type === 'response.completed') completed = true
      }
      // Nothing is thrown for a stream that fails: `completed` says that it is whole.
      if (!completed) throw new Error('the stream ended before its end')
      return said
    },
    async tools(prompt, look) {
      const input = user(prompt)
      const tools = [{ type: 'function', name: 'look', strict: true, parameters }]
      for (;;) {
        const answer = await client.responses.create({
          model,
          input,
          tools,
          store: false,
          include: ['reasoning.encrypted_content'],
        })
        const calls = answer.output.filter(({ type }) => type === 'function_call')
        if (calls.length === 0) return { text: answer.output_text }
        input.push(...answer.output)
        for (const call of calls) {
          const output = look(JSON.parse(call.arguments).at)
          input.push({ type: 'function_call_output', call_id: call.call_id, output })
        }
      }
    },
    async object(input) {
      const answer = await client.responses.parse({ model, input, text: { format: zodTextFormat(City, 'city') } })
      return answer.output_parsed
    },
  }
}

export const drivers = { 'chat completions': chatCompletions, Responses: responses }
