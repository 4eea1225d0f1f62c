/** What the faces have in common whose answers are chat completions, as OpenAI's clients read them. */

import {
  type Face,
  type Fields,
  PARAMETERS,
  PNG,
  type ReadStream,
  type Refusal,
  dataOf,
  listAt,
  refusalAt,
  at,
  textAt,
} from './face.ts'

export function chatAsking(model: string): Face['asking'] {
  return (words, stream) => ({
    model,
    messages: [{ role: 'user', content: words }],
    max_completion_tokens: 500,
    ...(stream ? { stream } : {}),
  })
}

export function saidInChat(reply: unknown): string | undefined {
  const message = at(reply, 'choices', 0, 'message')
  return message === undefined ? undefined : saidInMessage(message)
}

/** @param failureIn of an event that says one */
export function readChatStream(text: string, failureIn: (event: unknown) => Refusal | undefined): ReadStream {
  const events = dataOf(text)
  return {
    said: events.map((event) => saidInMessage(at(event, 'choices', 0, 'delta'))).join(''),
    complete:
      text.includes('[DONE]') ||
      events.some((event) => listAt(event, 'choices').some((choice) => textAt(choice, 'finish_reason') !== '')),
    failure: failureIn(events.at(-1)),
  }
}

function saidInMessage(message: unknown): string {
  const calls = listAt(message, 'tool_calls').map((call) => textAt(call, 'function', 'arguments'))
  return textAt(message, 'reasoning_content') + textAt(message, 'content') + calls.join('')
}

/** `{"error": {"message", "type"}}` */
export function chatRefusal(body: unknown): Refusal | undefined {
  return refusalAt(at(body, 'error', 'type'), at(body, 'error', 'message'))
}

const TOOL = {
  type: 'function',
  function: { name: 'get_weather', description: 'Weather of a city', parameters: PARAMETERS },
}

export function chatSeeds(model: string): readonly Fields[] {
  return [
    { model, messages: [{ role: 'user', content: 'Hello' }], temperature: 1, top_p: 0.95, n: 1 },
    { model, messages: [{ role: 'user', content: 'Weather in Oslo?' }], tools: [TOOL], stream: true, stop: ['x'] },
    {
      model,
      messages: [
        { role: 'system', content: 'S' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: PNG } },
          ],
        },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'r',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: '{"celsius":3}' },
      ],
      tools: [TOOL],
      tool_choice: 'auto',
      max_completion_tokens: 100,
    },
    {
      model,
      messages: [{ role: 'user', content: 'A person' }],
      thinking: { type: 'disabled' },
      response_format: { type: 'json_schema', json_schema: { name: 'p', strict: true, schema: PARAMETERS } },
    },
    {
      model,
      messages: [
        { role: 'user', content: 'Go on' },
        { role: 'assistant', content: '{"a": [1, ', partial: true },
      ],
      stream: true,
      stream_options: { include_usage: true },
    },
  ]
}
