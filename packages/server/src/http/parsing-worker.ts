/** The thread that parses large bodies: bytes in, a short text and the long strings out. It knows one body at a time. */

import { parentPort } from 'node:worker_threads'
import { ApiError } from '@moonbase/protocol'
import { takeApart } from './moved-strings.ts'
import { checkBody, parseChecked } from './parse-body.ts'
import type { ParsingOrder, ParsingReport } from './parsing-thread.ts'

if (parentPort === null) throw new Error('parsing-worker.ts runs as a thread only')
const port = parentPort

port.on('message', (order: ParsingOrder) => {
  const report = reportOf(order)
  port.postMessage(report, 'block' in report ? [report.block.buffer] : [])
})

function reportOf({ body, mostValues }: ParsingOrder): ParsingReport {
  try {
    checkBody(body, mostValues)
    const parsed = parseChecked(body)
    // Not when it is collected, which may be much later: nothing in this thread asks for memory then.
    body.buffer.transfer(0)
    const { value, block, strings } = takeApart(parsed)
    // Parsing a short text costs the other side half of what it costs to be sent values.
    return { text: JSON.stringify(value), block, strings }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { refused: error.publicMessage, reason: error.message }
  }
}
