/** The body of an agent's turn: 200 messages, 30 tools, 177 KB, with words in it that no earlier one had. */

import { seededRandom } from '../../test/support/every-split.ts'

const MESSAGES = 200
const TOOLS = 30
/** Of one message: all together make 177 KB. */
const WORDS_OF_MESSAGE = 144

const WORDS =
  'the moon const return value function of a list where import error file request is not found test expected await line'.split(
    ' ',
  )

/** @param turn another number is another conversation */
export function agentTurn(turn: number): Record<string, unknown> {
  const random = seededRandom(turn + 1)
  const text = (words: number): string => {
    let said = `turn ${turn}:`
    for (let left = words; left > 0; left -= 1) said += ` ${WORDS[Math.floor(random() * WORDS.length)] ?? ''}`
    return said
  }
  const messages: unknown[] = [{ role: 'system', content: text(WORDS_OF_MESSAGE) }]
  for (let index = 0; messages.length + 3 <= MESSAGES; index += 1) {
    if (index % 8 === 0) messages.push({ role: 'user', content: text(WORDS_OF_MESSAGE) })
    const id = `tool_${index % TOOLS}:${index}`
    messages.push({
      role: 'assistant',
      content: '',
      reasoning_content: text(20),
      tool_calls: [
        {
          id,
          type: 'function',
          function: { name: `tool_${index % TOOLS}`, arguments: JSON.stringify({ path: text(WORDS_OF_MESSAGE - 30) }) },
        },
      ],
    })
    messages.push({ role: 'tool', tool_call_id: id, content: text(WORDS_OF_MESSAGE) })
  }
  while (messages.length < MESSAGES) messages.push({ role: 'user', content: text(WORDS_OF_MESSAGE) })
  const tools = Array.from({ length: TOOLS }, (_, index) => ({
    type: 'function',
    function: {
      name: `tool_${index}`,
      description: `Reads what number ${index} says of a file, and tells it line by line as it was found there.`,
      parameters: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Where it lies, from the root of the project.' },
          line: { type: 'integer', description: 'The first line that is wanted.' },
          all: { type: 'boolean', description: 'Whether everything behind it is wanted too.' },
        },
        required: ['path'],
      },
    },
  }))
  return { model: 'kimi-k2.5', messages, tools, max_tokens: 1024, stream: true }
}
