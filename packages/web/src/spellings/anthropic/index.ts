/** TypeScript, with Anthropic's client, on the Messages API. */

import { TYPESCRIPT_STYLE, printEntries, printValue } from '../print-value.ts'
import { saidRequest } from '../said-request.ts'
import { KEY_VARIABLE, type Spelling } from '../spelling.ts'
import { NoteTaker } from './note-taker.ts'
import { writeBody } from './write-body.ts'

export const anthropic: Spelling = {
  id: 'anthropic',
  name: 'Anthropic',
  language: 'typescript',
  tested: { client: '@anthropic-ai/sdk', version: '1.14.0' },
  spell(request, options) {
    const { request: said, notes: media } = saidRequest(request, options)
    const taker = new NoteTaker()
    const body = writeBody(request, said, options.everything === true, taker)
    const streamed = said.stream === true
    const address = TYPESCRIPT_STYLE.text(`${options.baseUrl}/anthropic`)
    const patience = streamed || body.max_tokens <= LONGEST_UNASKED ? '' : ', timeout: 3_600_000'
    const headers =
      options.headers === undefined ? '' : `, ${printValue({ headers: options.headers }, TYPESCRIPT_STYLE)}`
    const isCast = UNTYPED.some((name) => name in body)
    const cast = isCast ? ` as object as Anthropic.MessageCreateParams${streamed ? '' : 'Non'}Streaming` : ''
    const comment = isCast
      ? `// The client sends fields as they stand, also those that its types do not have any more.\n`
      : ''
    const source = `import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ baseURL: ${address}, apiKey: process.env.${KEY_VARIABLE}${patience} })
${comment}const ${streamed ? 'stream' : 'message'} = await client.messages.create({
${printEntries(Object.entries(body), TYPESCRIPT_STYLE, '  ')}}${cast}${headers})
${streamed ? PRINT_STREAM : PRINT_WHOLE}`
    return { source, notes: [...media, ...taker.notes] }
  },
}

/** Fields that 1.14.0 has no types for: its newest models take no sampling. */
const UNTYPED = ['temperature', 'top_p'] as const

/**
 * A longer reply the client does not wait for, unless a timeout is set: `expectedTime` over ten minutes is an error of its own.
 * Source: `calculateNonstreamingTimeout` of 1.14.0, which expects 128,000 tokens an hour.
 */
const LONGEST_UNASKED = 21_333

const PRINT_STREAM = `for await (const event of stream) {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') process.stdout.write(event.delta.text)
}
`

const PRINT_WHOLE = `for (const block of message.content) {
  if (block.type === 'text') console.log(block.text)
  if (block.type === 'tool_use') console.log(block)
}
`
