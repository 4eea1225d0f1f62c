/** The four examples of Cloudflare's page of `moonshotai/kimi-k2.5`, letter by letter: what each gives to `env.AI.run`. */

export const EXAMPLE_MODEL = 'moonshotai/kimi-k2.5'
export const EXAMPLE_OPTIONS = { gateway: { id: 'default' } } as const

export interface CloudflareExample {
  readonly name: string
  readonly inputs: {
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly temperature?: number
    readonly max_tokens?: number
  }
  /** The body that the binding makes of it, as bytes. */
  readonly body: string
}

const example = (name: string, inputs: CloudflareExample['inputs'], json: string): CloudflareExample => ({
  name,
  inputs,
  body: `{"inputs":${json},"options":{"gateway":{"id":"default"}}}`,
})

export const CLOUDFLARE_EXAMPLES: readonly CloudflareExample[] = [
  example(
    'Simple Question',
    { messages: [{ role: 'user', content: 'Explain the difference between TCP and UDP protocols.' }] },
    '{"messages":[{"role":"user","content":"Explain the difference between TCP and UDP protocols."}]}',
  ),
  example(
    'With System Message',
    {
      messages: [
        {
          role: 'system',
          content:
            'You are an expert in Chinese history and culture. Respond with historical context and interesting anecdotes.',
        },
        { role: 'user', content: 'Tell me about the Silk Road.' },
      ],
      temperature: 0.7,
    },
    '{"messages":[{"role":"system","content":"You are an expert in Chinese history and culture. Respond with historical context and interesting anecdotes."},{"role":"user","content":"Tell me about the Silk Road."}],"temperature":0.7}',
  ),
  example(
    'Code Generation',
    {
      messages: [
        {
          role: 'user',
          content: 'Write a Python function to calculate the Fibonacci sequence using memoization.',
        },
      ],
      temperature: 0.2,
      max_tokens: 500,
    },
    '{"messages":[{"role":"user","content":"Write a Python function to calculate the Fibonacci sequence using memoization."}],"temperature":0.2,"max_tokens":500}',
  ),
  example(
    'Multi-turn Conversation',
    {
      messages: [
        { role: 'user', content: 'I want to learn about neural networks.' },
        {
          role: 'assistant',
          content:
            'Neural networks are computing systems inspired by biological neural networks. They consist of layers of interconnected nodes. Would you like to start with the basics of perceptrons?',
        },
        { role: 'user', content: 'Yes, explain perceptrons first.' },
      ],
      max_tokens: 800,
    },
    '{"messages":[{"role":"user","content":"I want to learn about neural networks."},{"role":"assistant","content":"Neural networks are computing systems inspired by biological neural networks. They consist of layers of interconnected nodes. Would you like to start with the basics of perceptrons?"},{"role":"user","content":"Yes, explain perceptrons first."}],"max_tokens":800}',
  ),
]
