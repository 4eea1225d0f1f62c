/** A host of the model in a process of its own: answers each request at once, whatever it was, on a connection of its own. */

import { createServer } from 'node:http'
import { once } from '../support/eventually.ts'
import { SERVER_NICE, takeRank } from './rank.ts'

const ANSWER = JSON.stringify({
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'kimi-k2.5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
})

takeRank(SERVER_NICE)
const host = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(ANSWER)
  })
})
host.listen(0, '127.0.0.1')
await once(host, 'listening')
const address = host.address()
process.on('disconnect', () => process.exit())
process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
