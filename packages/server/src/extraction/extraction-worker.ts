/** The thread that reads documents: a page in, Markdown out. It knows one at a time. */

import { parentPort } from 'node:worker_threads'
import type { ExtractionOrder, ExtractionReport } from './extraction-thread.ts'
import { htmlToMarkdown } from './html-to-markdown.ts'

if (parentPort === null) throw new Error('extraction-worker.ts runs as a thread only')
const port = parentPort

port.on('message', ({ html, wishes }: ExtractionOrder) => port.postMessage(reportOf(html, wishes)))

function reportOf(html: string, wishes: ExtractionOrder['wishes']): ExtractionReport {
  try {
    return { text: htmlToMarkdown(html, wishes) }
  } catch (error) {
    // What a page or a selector does to the parts that read it: a stack that is too deep, words that are no selector.
    return { unreadable: error instanceof Error ? error.message : String(error) }
  }
}
