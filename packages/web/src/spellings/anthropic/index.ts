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
    const source = `import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ baseURL: ${address}, apiKey: process.env.${KEY_VARIABLE}${patience} })
const ${streamed ? 'stream' : 'message'} = await client.messages.create({
${printEntries(Object.entries(body), TYPESCRIPT_STYLE, '  ')}}${headers})
${streamed ? PRINT_STREAM : PRINT_WHOLE}`
    return { source, notes: [...media, ...taker.notes] }
  },
}

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
