/** The counting thread's own side: a vocabulary of its own, texts in, their number of tokens out. */

import { parentPort, workerData } from 'node:worker_threads'
import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import type { CountingMessage } from './counting-thread.ts'

if (parentPort === null) throw new Error('counting-worker.ts runs as a thread only')
const port = parentPort
const tokenizer = bpeTokenizer(readTiktokenVocabulary(bytesOf(workerData)))

/** Tokens of the texts of this count that have arrived whole. */
let tokens = 0
/** The beginning of a text whose end has not arrived yet. */
let begun = ''

port.on('message', (message: CountingMessage) => {
  if (message === 'end') {
    port.postMessage(tokens)
    tokens = 0
    return
  }
  const last = message.texts.length - 1
  for (const [index, text] of message.texts.entries()) {
    begun += text
    if (message.open && index === last) return
    tokens += tokenizer.count(begun)
    begun = ''
  }
})

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data
  throw new TypeError('the counting thread was given no vocabulary')
}
