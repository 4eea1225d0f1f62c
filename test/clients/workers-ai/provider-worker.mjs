/** A Worker that speaks to its binding through the AI SDK, as most do. */

import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import { createWorkersAI } from 'workers-ai-provider'

const MODEL = 'moonshotai/kimi-k2.5'

export default {
  async fetch(request, env) {
    const { what } = await request.json()
    const model = createWorkersAI({ binding: env.AI })(MODEL)
    try {
      return Response.json(await CALLS[what](model))
    } catch (error) {
      const { name, message, statusCode, isRetryable } = error
      return Response.json({ error: { name, message, statusCode, isRetryable } })
    }
  },
}

const CALLS = {
  async text(model) {
    const { text, reasoningText, usage, finishReason } = await generateText({
      model,
      prompt: 'say-it',
      temperature: 0.3,
    })
    return { text, reasoning: reasoningText, finish: finishReason, output: usage.outputTokens }
  },
  async stream(model) {
    const parts = []
    const stream = streamText({ model, prompt: 'say-it' })
    let text = ''
    let reasoning = ''
    for await (const part of stream.fullStream) {
      if (part.type === 'text-delta') text += part.text
      if (part.type === 'reasoning-delta') reasoning += part.text
      parts.push(part.type)
    }
    return { text, reasoning, finish: await stream.finishReason, output: (await stream.usage).outputTokens, parts }
  },
  async cut(model) {
    const stream = streamText({ model, prompt: 'please-cut', onError: () => undefined })
    for await (const _ of stream.fullStream);
    return { finish: await stream.finishReason }
  },
  async object(model) {
    const schema = jsonSchema({
      type: 'object',
      properties: { city: { type: 'string' }, people: { type: 'integer' } },
      required: ['city', 'people'],
      additionalProperties: false,
    })
    const { output } = await generateText({ model, prompt: 'Tell me of Oslo', output: Output.object({ schema }) })
    return { output }
  },
  async tools(model) {
    const asked = []
    const look = tool({
      description: 'Looks at a place',
      inputSchema: jsonSchema({ type: 'object', properties: { at: { type: 'integer' } }, required: ['at'] }),
      execute: ({ at }) => {
        asked.push(at)
        return `seen ${at}`
      },
    })
    const { text, steps } = await generateText({ model, prompt: 'walk', tools: { look }, stopWhen: stepCountIs(8) })
    return { text, asked, steps: steps.length }
  },
  async busy(model) {
    await generateText({ model, prompt: 'please-fail', maxRetries: 0 })
    return {}
  },
}
